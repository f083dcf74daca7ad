number-thousands-separator = { "\u202F" }
number-decimal-separator = ,
date-day = { $day ->
    [1] 1er { $month } { $year }
   *[other] { $day } { $month } { $year }
  }
date-moment = { $day } à { $time } UTC
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre

address-empty = Indiquez une adresse.
address-too-long = Cette adresse est plus longue qu’une adresse ne peut l’être.
address-no-at = Une adresse s’écrit comme nom@example.org.
address-local-part = Aucune boîte ne peut porter le nom placé avant le @.
address-bad-domain = Le domaine placé après le @ ne peut pas exister.
