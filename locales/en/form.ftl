form-answer-no-option = Please choose one of the options.
form-answer-no-date = This is not a day. Please write it as 2026-11-22.
form-answer-no-number = This is not a number.
form-no-list = Please choose at least one list.
form-lists = What would you like to receive?
form-address-role = This mailbox belongs to a task and not to a person. Please use your own address.
form-address-disposable = This mailbox lives for minutes only. Please use an address that you keep.
form-address-unreachable = Nothing can be sent to “{ $domain }”: there is no mailbox under this name. Is it spelt right?
form-did-you-mean = Did you mean { $address }? If your address is right as it is, just press the button again.
form-use-instead = Sign up with { $address }
form-use-this = Sign up with %

moment-title = One moment
moment-line = This form is asked a great deal just now, mostly by machines. Before your request is taken, your device does a small calculation.
moment-working = Your device is calculating. It takes a few seconds; the form is then sent by itself.
moment-wait = { $count ->
    [one] If nothing happens by itself, wait one second, then press the button.
   *[other] If nothing happens by itself, wait { $count } seconds, then press the button.
  }
moment-go-on = Go on
moment-foot = No puzzle, no other company: only your device and this page. Nothing was sent yet.

flood-subject = Your form “{ $form }” is being flooded
flood-line = Since { $day } the form “{ $form }” of { $account } has been asked far more often than usual: { $count } times within an hour.
flood-defence = Most likely machines fill it in with other people’s addresses. The form now asks each visitor’s device for a small calculation before anything is taken; people hardly notice. If that is not enough, its confirmation mails go out slowly, then they are held until you look.
flood-act = You need do nothing. On the form’s page you see how it stands, and decide about held mail:

form-boxes = Further things to agree to
form-boxes-hint = One purpose, one box: calls, another company, a birthday card. No box is ever ticked beforehand.
form-box-text = What the person agrees to
form-field-kind = Kind of answer
form-field-options = Options of a choice
form-field-options-hint = One a line
field-kind-text = a line of text
field-kind-choice = one of several options
field-kind-date = a day
field-kind-number = a number
form-offers = Lists to choose from
form-offers-hint = Beside “{ $list }”. With none of these the form serves that list alone. One mail asks for everything that was chosen.
form-look = Look
form-look-hint = Colours as #rrggbb; leave them empty to take those of the page. What could not be read is refused.
look-style = Styles
look-style-bare = none: those of my site
look-style-styled = these
look-corners = Corners
look-corners-square = square
look-corners-soft = soft
look-corners-round = round
look-font = Font
look-font-page = of the page it sits in
look-font-system = plain
look-font-serif = with serifs
look-accent = Button
look-text = Words
look-background = Background
form-rules = Addresses
form-refuses-roles = Refuse mailboxes of a task, such as info@
form-refuses-disposable = Refuse mailboxes that live for minutes
form-draw = Preview
form-flaw-field-options = The question “{ $name }” needs 2 to 100 different options for a choice, and none otherwise.
form-flaw-box-text = The box “{ $name }” needs words, at most 4000 characters.
form-flaw-colour = “{ $name }” is no colour such as #16213a.
form-flaw-look-half = Words and background go together: give both, or neither.
form-flaw-look-words = These words are too close to their background to be read: the contrast must be at least 4.5 to 1.
form-flaw-look-button = This button is too close to its background to be seen: the contrast must be at least 3 to 1.
form-flaw-too-many-origins = At most 50 web sites, please.
form-flaw-redirect-origin = This page lies on none of the web sites above. Readers are led to those only.
flood-title = This form is being flooded
flood-title-over = This form was flooded
flood-step-work = Each visitor’s device does a small calculation before anything is taken. Mail goes out as usual.
flood-step-slow = Each visitor’s device does a calculation, and confirmation mails go out one after the other.
flood-step-held = Each visitor’s device does a calculation, and confirmation mails are held until somebody looks.
flood-step-calm = The form takes everybody as usual.
flood-since = Since
flood-tried = Most requests in an hour
flood-mailed = Most mails in an hour
held-title = { $count ->
    [one] One confirmation mail is held
   *[other] { $number } confirmation mails are held
  }
held-line = Look at your newest pending subscribers: if they look like people, let the mails go, one every six seconds. If they look like a machine’s work, drop them; nobody gets anything.
held-release = Let them go
held-discard = Drop them
held-discard-ask = Drop all held mails? Nobody in them will be asked.
done-held-released = The mails are on their way, one after the other.
done-held-discarded = The held requests are dropped.
todo-flood = The form “{ $name }” is being flooded. It defends itself; have a look.
floods-title = Flooded forms
delivery-kind-flood = Notice of a flooded form
