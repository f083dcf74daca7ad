form-answer-no-option = Choisissez l’une des réponses proposées.
form-answer-no-date = Ce n’est pas une date. Écrivez-la ainsi : 2026-11-22.
form-answer-no-number = Ce n’est pas un nombre.
form-no-list = Choisissez au moins une liste.
form-lists = Que souhaitez-vous recevoir ?
form-address-role = Cette boîte appartient à une fonction et non à une personne. Indiquez votre propre adresse.
form-address-disposable = Cette boîte ne vit que quelques minutes. Indiquez une adresse que vous gardez.
form-address-unreachable = Rien ne peut être envoyé à « { $domain } » : aucune boîte n’existe sous ce nom. Est-il bien écrit ?
form-did-you-mean = Vouliez-vous dire { $address } ? Si votre adresse est juste ainsi, appuyez de nouveau sur le bouton.
form-use-instead = S’inscrire avec { $address }
form-use-this = S’inscrire avec %

moment-title = Un instant
moment-line = Ce formulaire est très sollicité en ce moment, surtout par des machines. Avant que votre demande soit prise, votre appareil fait un petit calcul.
moment-working = Votre appareil calcule. Cela prend quelques secondes ; le formulaire part ensuite de lui-même.
moment-wait = { $count ->
    [one] Si rien ne se passe, attendez une seconde, puis appuyez sur le bouton.
   *[other] Si rien ne se passe, attendez { $count } secondes, puis appuyez sur le bouton.
  }
moment-go-on = Continuer
moment-foot = Aucune énigme, aucune autre entreprise : seulement votre appareil et cette page. Rien n’a encore été envoyé.

flood-subject = Votre formulaire « { $form } » est submergé
flood-line = Depuis le { $day }, le formulaire « { $form } » ({ $account }) est sollicité bien plus que d’habitude : { $count } fois en une heure.
flood-defence = Des machines le remplissent sans doute avec les adresses d’autres personnes. Le formulaire demande désormais à l’appareil de chaque visiteur un petit calcul avant de prendre quoi que ce soit ; on le remarque à peine. Si cela ne suffit pas, ses messages de confirmation partent lentement, puis ils sont retenus jusqu’à ce que vous regardiez.
flood-act = Vous n’avez rien à faire. La page du formulaire montre où il en est, et vous y décidez des messages retenus :

form-boxes = Autres accords
form-boxes-hint = Un but, une case : appels, autre entreprise, carte d’anniversaire. Aucune case n’est jamais cochée d’avance.
form-box-text = Ce à quoi la personne consent
form-field-kind = Genre de réponse
form-field-options = Réponses au choix
form-field-options-hint = Une par ligne
field-kind-text = une ligne de texte
field-kind-choice = un choix
field-kind-date = une date
field-kind-number = un nombre
form-offers = Listes au choix
form-offers-hint = À côté de « { $list } ». Sans aucune de celles-ci, le formulaire sert cette liste seule. Un seul message demande tout ce qui a été choisi.
form-look = Aspect
form-look-hint = Couleurs au format #rrggbb ; laissez vide pour prendre celles de la page. Ce qui ne pourrait pas se lire est refusé.
look-style = Styles
look-style-bare = aucun : ceux de mon site
look-style-styled = ceux-ci
look-corners = Coins
look-corners-square = droits
look-corners-soft = adoucis
look-corners-round = ronds
look-font = Lettres
look-font-page = de la page qui l’entoure
look-font-system = simples
look-font-serif = à empattements
look-accent = Bouton
look-text = Mots
look-background = Fond
form-rules = Adresses
form-refuses-roles = Refuser les boîtes de fonction, comme info@
form-refuses-disposable = Refuser les boîtes qui ne vivent que quelques minutes
form-draw = Aperçu
form-flaw-field-options = La question « { $name } » a besoin de 2 à 100 réponses différentes pour un choix, et d’aucune sinon.
form-flaw-box-text = La case « { $name } » a besoin de mots, 4000 caractères au plus.
form-flaw-colour = « { $name } » n’est pas une couleur comme #16213a.
form-flaw-look-half = Mots et fond vont ensemble : donnez les deux, ou aucun.
form-flaw-look-words = Ces mots sont trop proches de leur fond pour être lus : le contraste doit être d’au moins 4,5 pour 1.
form-flaw-look-button = Ce bouton est trop proche de son fond pour être vu : le contraste doit être d’au moins 3 pour 1.
form-flaw-too-many-origins = Il faut au plus 50 sites.
form-flaw-redirect-origin = Cette page n’est sur aucun des sites ci-dessus. Les lecteurs ne sont menés que vers ceux-là.
flood-title = Ce formulaire est submergé
flood-title-over = Ce formulaire a été submergé
flood-step-work = L’appareil de chaque visiteur fait un petit calcul avant que rien ne soit pris. Le courrier part comme d’habitude.
flood-step-slow = L’appareil de chaque visiteur fait un calcul, et les messages de confirmation partent l’un après l’autre.
flood-step-held = L’appareil de chaque visiteur fait un calcul, et les messages de confirmation sont retenus jusqu’à ce que quelqu’un regarde.
flood-step-calm = Le formulaire prend tout le monde comme d’habitude.
flood-since = Depuis
flood-tried = Demandes au plus fort d’une heure
flood-mailed = Messages au plus fort d’une heure
held-title = { $count ->
    [one] Un message de confirmation est retenu
   *[other] { $number } messages de confirmation sont retenus
  }
held-line = Regardez vos derniers abonnés en attente : s’ils ressemblent à des personnes, laissez partir les messages, un toutes les six secondes. S’ils ressemblent à l’œuvre d’une machine, abandonnez-les ; personne ne reçoit rien.
held-release = Les laisser partir
held-discard = Les abandonner
held-discard-ask = Abandonner tous les messages retenus ? Aucune de ces personnes ne sera sollicitée.
done-held-released = Les messages sont en route, l’un après l’autre.
done-held-discarded = Les demandes retenues sont abandonnées.
todo-flood = Le formulaire « { $name } » est submergé. Il se défend ; jetez-y un œil.
floods-title = Formulaires submergés
delivery-kind-flood = avis de formulaire submergé
