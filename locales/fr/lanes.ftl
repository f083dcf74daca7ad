brake-blocks = { $blocked } des { $tried } derniers messages ont été refusés par une règle du destinataire, le plus récemment chez { $lane } : « { $reply } ». Continuer nuirait à la réputation de tous les expéditeurs d’ici. Lisez ce que dit la réponse (son lien en donne souvent la raison), regardez comment ces adresses se sont inscrites et ce que dit la campagne, puis reprenez-la plus lentement.

lanes-title = Files d’envoi
lanes-line = Chaque fournisseur a sa file : ce qu’il accepte par heure de cette installation, et comment elle avance. Une réponse qui nous freine ralentit sa file, un refus par règle l’arrête ; elle revient d’elle-même, d’un dixième toutes les dix minutes. Les autres continuent.
lanes-link = Files d’envoi : ce que chaque fournisseur accepte
lanes-change = Changer ce qu’une file accepte
lanes-change-line = Un champ vide suit la table fournie. Chaque changement est gardé dans le journal.
lane = File
lane-state-open = Ouverte
lane-state-slowed = Ralentie
lane-state-stopped = Arrêtée
lane-until = jusqu’au
lane-sent = Envoyés depuis une heure
lane-ceiling = Plafond par heure
lane-no-ceiling = aucun
lane-new = tant que nous sommes nouveaux
lane-waiting = En attente
lane-connections-messages = Connexions / messages chacune
lane-hourly = Envois par heure au plus
lane-connections = Connexions simultanées
lane-messages = Messages par connexion
lane-open = L’ouvrir à pleine vitesse
lane-accounts = { $count ->
    [one] { $number } compte seul y est retenu
   *[other] { $number } comptes seuls y sont retenus
}
hold-stopped = { $lane } n’accepte rien de nous jusqu’au { $until } ; { $number } en attente. Sa réponse : « { $reply } »
hold-slowed = { $lane } accepte pour l’instant { $percent } % du débit habituel ; { $number } en attente. Sa réponse : « { $reply } »
hold-ceiling = { $lane } reçoit au plus { $hourly } envois par heure de cette installation ; { $number } attendent leur tour.
hold-limit = La limite de ce compte est atteinte. Le reste attend jusqu’au { $until }.
todo-lane-blocked = { $name } refuse ce qu’envoie ce compte. Ses messages y attendent ; regardez la campagne.
limits-title = Limites
limit-hourly = Envois de campagne par heure
limit-daily = Envois de campagne par jour
limits-none = sans limite
done-lane-set = La file accepte désormais cette quantité.
done-lane-open = La file va à pleine vitesse.
done-lane-bad-count = Un nombre est un entier à partir de un ; laissez un champ vide pour suivre la table.
done-account-limited = Les limites du compte s’appliquent désormais.
done-account-bad-limit = Une limite est un entier à partir de zéro ; laissez un champ vide pour n’en mettre aucune.
