demo-list-name = The Workshop Letter
demo-list-description = Papers, inks and opening hours of the Martin print shop, once a month.
demo-form-title = Get the Workshop Letter
demo-form-consent = I would like the Martin print shop to send me its monthly letter about paper and printing.
demo-form-name = Your name
demo-subject = The paper of the month: three for a slow pen
demo-preheader = Ivory, chalk and offcuts – and an open Saturday at the workshop.
