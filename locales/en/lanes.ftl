brake-blocks = { $blocked } of the last { $tried } messages were refused by policy, most recently by { $lane }: “{ $reply }”. Going on would harm the reputation of every sender here. Read what the reply says (its link often names the reason), look at how these addresses joined and at what the campaign says, then resume it more slowly.

lanes-title = Lanes
lanes-line = Each provider has a lane: what it takes in an hour from this installation, and how it goes now. An answer that throttles us slows its lane, a refusal by policy stops it; it comes back by itself, a tenth every ten minutes. Other lanes go on.
lanes-link = Lanes: what each provider takes
lanes-change = Change what a lane takes
lanes-change-line = An empty field is as the built-in table says. Every change is kept in the audit.
lane = Lane
lane-state-open = Open
lane-state-slowed = Slowed
lane-state-stopped = Stopped
lane-until = until
lane-sent = Sent in the last hour
lane-ceiling = Ceiling an hour
lane-no-ceiling = none
lane-new = while new here
lane-waiting = Waiting
lane-connections-messages = Connections / messages each
lane-hourly = Deliveries an hour at most
lane-connections = Connections at the same time
lane-messages = Messages over one connection
lane-open = Open it at its full rate
lane-accounts = { $count ->
    [one] { $number } account alone is held back here
   *[other] { $number } accounts alone are held back here
}
hold-stopped = { $lane } takes nothing from us until { $until }; { $number } wait. It answered: “{ $reply }”
hold-slowed = { $lane } takes { $percent } % of the usual rate for now; { $number } wait. It answered: “{ $reply }”
hold-ceiling = { $lane } gets { $hourly } an hour at most from this installation; { $number } wait their turn.
hold-limit = The limit of this account is reached. The rest waits until { $until }.
todo-lane-blocked = { $name } refuses what this account sends. Its messages there wait; look at the campaign.
limits-title = Limits
limit-hourly = Campaign deliveries an hour
limit-daily = Campaign deliveries a day
limits-none = no limit
done-lane-set = The lane takes so much from now on.
done-lane-open = The lane goes at its full rate.
done-lane-bad-count = A count is a whole number from one on; leave a field empty for what the table says.
done-account-limited = The limits of the account hold from now on.
done-account-bad-limit = A limit is a whole number from zero on; leave a field empty for none.
