# Who waits for people, for who teaches there.
approval-title = Waiting for approval
approval-lead = These people have done everything but one thing: a person has to decide. What you decide last counts; you can change it until the badge is awarded.
approval-nobody = Nobody waits for a decision now.
approval-for = For the badge
approval-given = { $count ->
    [one] { $given } of { $count } approval given.
   *[other] { $given } of { $count } approvals given.
}
approval-roles = Counted are people with the role { $roles }.
approval-so-far = Decided so far
approval-you = You
approval-somebody = Somebody
approval-approved = approved
approval-declined = declined
approval-why = What the rule says
approval-own = This is you. Nobody decides on their own badge.
approval-again = You have decided here before. A new decision takes the place of the old one.
approval-note = Note (may be left out; other teachers see it)
approval-approve = Approve
approval-decline = Decline
approval-waiting = { $count ->
    [one] One person waits for an approval.
   *[other] { $count } people wait for an approval.
}
approval-waiting-more = At least { $count } people wait for an approval.
approval-link = Decide
