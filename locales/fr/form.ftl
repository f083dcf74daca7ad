form-answer-no-option = Choisissez l’une des réponses proposées.
form-answer-no-date = Ce n’est pas une date. Écrivez-la sous la forme 2026-11-22.
form-answer-no-number = Ce n’est pas un nombre.
form-no-list = Choisissez au moins une liste.
form-lists = Que souhaitez-vous recevoir ?
form-address-role = Cette adresse est celle d’un service et non d’une personne. Indiquez votre adresse personnelle.
form-address-disposable = Cette adresse est jetable : elle ne dure que quelques minutes. Indiquez une adresse que vous gardez.
form-address-unreachable = Aucun courrier ne peut être remis à « { $domain } » : il n’y a pas de boîte à ce nom. Est-il bien écrit ?
form-did-you-mean = Vouliez-vous dire { $address } ? Si votre adresse est exacte, appuyez simplement de nouveau sur le bouton.
form-use-instead = S’inscrire avec { $address }
form-use-this = S’inscrire avec %

moment-title = Un instant
moment-line = Ce formulaire est très sollicité en ce moment, surtout par des robots. Avant que votre demande ne soit prise en compte, votre appareil effectue un petit calcul.
moment-working = Votre appareil calcule. Cela prend quelques secondes ; le formulaire part ensuite de lui-même.
moment-wait = { $count ->
    [one] Si rien ne se passe, attendez une seconde, puis appuyez sur le bouton.
   *[other] Si rien ne se passe, attendez { $count } secondes, puis appuyez sur le bouton.
  }
moment-go-on = Continuer
moment-foot = Pas d’énigme à résoudre, aucun service tiers : seulement votre appareil et cette page. Rien n’a encore été envoyé.

flood-subject = Votre formulaire « { $form } » est submergé
flood-line = Depuis le { $day }, le formulaire « { $form } » ({ $account }) est sollicité bien plus que d’habitude : { $count } fois en une heure.
flood-defence = Ce sont sans doute des robots qui y saisissent l’adresse d’autres personnes. Le formulaire demande désormais un petit calcul à l’appareil de chaque visiteur avant d’accepter quoi que ce soit ; on le remarque à peine. Si cela ne suffit pas, ses messages de confirmation partent au ralenti, puis ils sont retenus jusqu’à votre décision.
flood-act = Vous n’avez rien à faire. La page du formulaire montre où il en est, et vous y décidez du sort des messages retenus :

form-boxes = Autres consentements
form-boxes-hint = Une case par finalité : appels, autre entreprise, carte d’anniversaire. Aucune case n’est jamais cochée d’avance.
form-box-text = Ce à quoi la personne consent
form-field-kind = Type de réponse
form-field-options = Réponses proposées
form-field-options-hint = Une par ligne
field-kind-text = une ligne de texte
field-kind-choice = un choix parmi plusieurs réponses
field-kind-date = une date
field-kind-number = un nombre
form-offers = Listes au choix
form-offers-hint = En plus de « { $list } ». Sans aucune de celles-ci, le formulaire ne sert que cette liste. Un seul message de confirmation vaut pour tout ce qui a été choisi.
form-look = Apparence
form-look-hint = Couleurs au format #rrggbb ; laissez vide pour reprendre celles de la page. Ce qui serait illisible est refusé.
look-style = Styles
look-style-bare = aucun : ceux de mon site
look-style-styled = ceux-ci
look-corners = Coins
look-corners-square = droits
look-corners-soft = légèrement arrondis
look-corners-round = arrondis
look-font = Police
look-font-page = celle de la page qui l’entoure
look-font-system = simple
look-font-serif = à empattements
look-accent = Bouton
look-text = Texte
look-background = Fond
form-rules = Adresses
form-refuses-roles = Refuser les adresses de service, comme info@
form-refuses-disposable = Refuser les adresses jetables, qui ne durent que quelques minutes
form-draw = Aperçu
form-flaw-field-options = La question « { $name } » doit avoir de 2 à 100 réponses différentes si c’est un choix, et aucune sinon.
form-flaw-box-text = La case « { $name } » doit avoir un texte, de 4000 caractères au plus.
form-flaw-colour = « { $name } » n’est pas une couleur comme #16213a.
form-flaw-look-half = Le texte et le fond vont ensemble : donnez les deux couleurs, ou aucune.
form-flaw-look-words = Ce texte se détache trop peu de son fond pour être lu : le contraste doit être d’au moins 4,5 pour 1.
form-flaw-look-button = Ce bouton se détache trop peu de son fond pour être vu : le contraste doit être d’au moins 3 pour 1.
form-flaw-too-many-origins = Pas plus de 50 sites.
form-flaw-redirect-origin = Cette page n’est sur aucun des sites ci-dessus. Les lecteurs ne peuvent être conduits que vers ceux-là.
flood-title = Ce formulaire est submergé
flood-title-over = Ce formulaire a été submergé
flood-step-work = L’appareil de chaque visiteur effectue un petit calcul avant toute inscription. Le courrier part comme d’habitude.
flood-step-slow = L’appareil de chaque visiteur effectue un calcul, et les messages de confirmation partent un par un.
flood-step-held = L’appareil de chaque visiteur effectue un calcul, et les messages de confirmation sont retenus jusqu’à ce que quelqu’un décide.
flood-step-calm = Le formulaire accepte tout le monde, comme d’habitude.
flood-since = Depuis
flood-tried = Maximum de demandes en une heure
flood-mailed = Maximum de messages en une heure
held-title = { $count ->
    [one] Un message de confirmation est retenu
   *[other] { $number } messages de confirmation sont retenus
  }
held-line = Regardez vos derniers abonnés en attente : s’ils ont l’air de vraies personnes, laissez partir les messages, un toutes les six secondes. S’ils ont l’air d’être l’œuvre d’un robot, abandonnez-les ; personne ne reçoit rien.
held-release = Les laisser partir
held-discard = Les abandonner
held-discard-ask = Abandonner tous les messages retenus ? Aucune de ces personnes ne sera sollicitée.
done-held-released = Les messages sont en route, un par un.
done-held-discarded = Les demandes retenues sont abandonnées.
todo-flood = Le formulaire « { $name } » est submergé. Il se défend ; jetez-y un œil.
floods-title = Formulaires submergés
delivery-kind-flood = Avis de formulaire submergé
