demo-list-name = La lettre de l’atelier
demo-list-description = Papiers, encres et horaires de l’imprimerie Martin, une fois par mois.
demo-form-title = Recevoir la lettre de l’atelier
demo-form-consent = Je souhaite que l’imprimerie Martin m’envoie sa lettre mensuelle sur le papier et l’impression.
demo-form-name = Votre nom
demo-subject = Le papier du mois : trois pour une plume lente
demo-preheader = Ivoire, craie et chutes – et un samedi à l’atelier.
