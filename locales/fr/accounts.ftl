invitation-subject = Votre accès à { $site }
invitation-line = Un compte a été ouvert pour vous sur { $site }.
invitation-act = Choisissez votre mot de passe sur cette page, dans les sept jours :
invitation-foot = Si vous n’attendiez pas ce message, ignorez-le : rien ne se passe sans mot de passe.
