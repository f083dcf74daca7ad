footer-why = You receive this because you asked for “{ $list }” with the address { $address } and confirmed it on { $day }.
footer-why-test = This is a test of a message to “{ $list }”, sent to { $address } by its sender. The links to leave do not work in it.
footer-unsubscribe = Unsubscribe with one click
footer-unsubscribe-label = Unsubscribe with one click:
footer-sender = { $sender }, on behalf of { $account }
footer-preferences = Your lists, how often, your address and data
footer-preferences-label = Your lists, how often, your address and data:
