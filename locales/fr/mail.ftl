confirmation-subject = À confirmer : { $list }
confirmation-heading = Voulez-vous recevoir « { $list } » ?
confirmation-asked = Le { $day }, quelqu’un a demandé que « { $list } », par { $sender }, soit envoyé à { $address }. Si c’était vous, confirmez-le : rien n’est envoyé avant.
confirmation-act = Pour confirmer, ouvrez cette page et appuyez sur son bouton :
confirmation-button = Voir et confirmer
mail-leads-to = { $label } :
confirmation-link-line = Ou copiez cette adresse dans votre navigateur :
confirmation-until = Valable jusqu’au { $day }. Passé ce jour, la demande s’efface d’elle-même.
confirmation-not-me-line = Ce n’était pas vous ? Vous n’avez rien à faire. Pour ne plus recevoir de telles demandes :
confirmation-not-me-link = Je n’ai rien demandé
confirmation-why = Vous recevez ce seul message parce que l’adresse { $address } a été saisie dans un formulaire d’inscription. { $site } demande son accord à chaque destinataire avant tout autre envoi.

welcome-subject = Vous êtes sur la liste : { $list }
welcome-heading = Bienvenue à « { $list } »
welcome-line = Vous avez confirmé votre inscription le { $day }. Désormais, « { $list } » arrive à cette adresse.
welcome-own-page = Vos listes et ce qui est conservé à votre sujet
welcome-why = Vous recevez ce seul message parce que vous avez confirmé « { $list } » avec l’adresse { $address }.
goodbye-subject = Vous avez quitté la liste : { $list }
goodbye-line = Vous avez quitté « { $list } » le { $day }. L’effet a été immédiat : ce message est le dernier, et vous n’avez rien à faire.
goodbye-write = Vous voulez dire quelque chose à l’expéditeur, ou des messages arrivent encore ? Répondez à ce message, ou écrivez à { $contact }.
goodbye-mistake = Quittée par erreur ? Redemander la liste
goodbye-why = Vous recevez ce seul message parce que l’adresse { $address } a été retirée de « { $list } » selon votre souhait.

digest-subject = { $count ->
    [one] { $list } : une lettre
   *[other] { $list } : { $count } lettres
}
digest-heading = Ce que « { $list } » a envoyé
digest-line = { $count ->
    [one] Vous avez choisi un récapitulatif plutôt que chaque message. Le titre mène au texte entier.
   *[other] Vous avez choisi un récapitulatif plutôt que chaque message. Chaque titre mène au texte entier.
}
digest-own-page = Un autre rythme, vos listes et ce qui est conservé à votre sujet
digest-why = Vous recevez ce message parce que vous avez confirmé « { $list } » avec l’adresse { $address } le { $day } et choisi un récapitulatif.

pass-subject = Votre page personnelle chez { $sender }
pass-heading = Vos listes et ce qui est conservé à votre sujet
pass-line = Vous avez demandé ce lien, ou quelqu’un qui a en main un message envoyé par { $sender }. Il ouvre la page de vos listes et de vos données.
pass-button = Ouvrir ma page
pass-until = Le lien fonctionne jusqu’au { $moment }. Ne le transférez pas : d’ici là, qui l’a peut ouvrir votre page.
pass-not-me = Ce n’était pas vous ? Vous n’avez rien à faire. Personne n’a vu votre page.
pass-why = Vous recevez ce seul message parce que quelqu’un l’a demandé sur la page réservée à { $address }.

address-change-subject = À confirmer : le changement de votre adresse chez { $sender }
address-change-heading = Une nouvelle adresse ?
address-change-old-line = Quelqu’un a demandé sur votre page personnelle que les messages envoyés par { $sender } aillent désormais à { $new }, et non plus à { $old }. Rien ne change tant que les deux boîtes n’ont pas dit oui. Si c’était vous, dites oui ici :
address-change-new-line = Quelqu’un a demandé que les messages envoyés par { $sender }, qui allaient jusqu’ici à { $old }, arrivent désormais à { $new }. Rien ne change tant que les deux boîtes n’ont pas dit oui. Si c’était vous, dites oui ici :
address-change-button = Voir et accepter
address-change-until = Valable jusqu’au { $day }. Passé ce jour, tout reste en l’état.
address-change-not-me = Ce n’était pas vous ? Vous n’avez rien à faire, et rien ne change. La même page permet de dire non.
