confirmation-subject = Please confirm: { $list }
confirmation-heading = Do you want “{ $list }”?
confirmation-asked = On { $day }, somebody asked for “{ $list }” by { $sender } to be sent to { $address }. If that was you, confirm it: nothing is sent before you do.
confirmation-act = To confirm, open this page and press its button:
confirmation-button = See and confirm
mail-leads-to = { $label }:
confirmation-link-line = Or copy this address into your browser:
confirmation-until = This works until { $day }. After that the request is dropped by itself.
confirmation-not-me-line = It was not you? You need do nothing. To stop such requests:
confirmation-not-me-link = I did not ask for this
confirmation-why = You get this one mail because { $address } was entered in a signup form. { $site } asks the owner of every address before it sends anything else.

welcome-subject = You are on the list: { $list }
welcome-heading = Welcome to “{ $list }”
welcome-line = You confirmed your subscription on { $day }. From now on “{ $list }” comes to this address.
welcome-own-page = Your lists and what is kept about you
welcome-why = You get this one mail because you confirmed “{ $list }” with the address { $address }.
goodbye-subject = You have left: { $list }
goodbye-line = You left “{ $list }” on { $day }. It took effect at once: this is the last mail, and you need do nothing.
goodbye-write = Do you want to say something to the sender, or do mails still arrive? Answer this mail, or write to { $contact }.
goodbye-mistake = Left by mistake? Ask for the list again
goodbye-why = You get this one mail because { $address } was taken off “{ $list }” by your own wish.

digest-subject = { $count ->
    [one] { $list }: one letter
   *[other] { $list }: { $count } letters
}
digest-heading = What “{ $list }” sent
digest-line = { $count ->
    [one] You asked for a digest instead of each mail. The title leads to the whole text.
   *[other] You asked for a digest instead of each mail. Each title leads to the whole text.
}
digest-own-page = Another rhythm, your lists and what is kept about you
digest-why = You get this mail because you confirmed “{ $list }” with the address { $address } on { $day } and chose a digest.

pass-subject = Your own page at { $sender }
pass-heading = Your lists and what is kept about you
pass-line = You, or somebody with a mail of { $sender } in hand, asked for this link. It opens the page with your lists and your data.
pass-button = Open my page
pass-until = The link works until { $moment }. Do not forward it: whoever has it can open your page until then.
pass-not-me = It was not you? You need do nothing. Nobody has seen your page.
pass-why = You get this one mail because somebody asked for it on the page of { $address }.

address-change-subject = Please confirm the change of your address at { $sender }
address-change-heading = A new address?
address-change-old-line = Somebody asked on your own page that mail of { $sender } goes to { $new } in future, and no longer to { $old }. It changes only when both mailboxes say yes. If it was you, say yes here:
address-change-new-line = Somebody asked that mail of { $sender }, which went to { $old } until now, comes to { $new } in future. It changes only when both mailboxes say yes. If it was you, say yes here:
address-change-button = See and agree
address-change-until = This works until { $day }. After that everything stays as it is.
address-change-not-me = It was not you? You need do nothing, and nothing changes. On the same page you can say no.
