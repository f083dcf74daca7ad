footer-why = Vous recevez ce message parce que vous avez demandé « { $list } » avec l’adresse { $address } et l’avez confirmée le { $day }.
footer-why-test = Ceci est un essai d’un message à « { $list } », envoyé à { $address } par son expéditeur. Les liens de désinscription n’y fonctionnent pas.
footer-unsubscribe = Se désinscrire en un clic
footer-unsubscribe-label = Se désinscrire en un clic :
footer-sender = { $sender }, pour le compte de { $account }
footer-preferences = Vos listes, leur fréquence, votre adresse et vos données
footer-preferences-label = Vos listes, leur fréquence, votre adresse et vos données :
