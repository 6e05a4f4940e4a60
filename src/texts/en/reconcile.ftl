# Promises, health of channels, reconciles.
promise-guaranteed = Guaranteed
promise-best-effort = Best effort
promise-needs-click = Needs a click
promise-because-record = Laurel reads the platform’s own records at every reconcile.
promise-because-gradebook = Laurel reads the gradebook at every reconcile.
promise-because-column = Laurel reads its column of the gradebook at every reconcile.
promise-because-roster = Laurel reads the course’s list of people at every reconcile.
promise-because-link-roster = Laurel reads at every reconcile to whom the platform opens the link.
promise-because-groups = Laurel reads the course’s groups at every reconcile.
promise-because-events = Only events tell of it. One that is lost is not found again.
promise-because-launch = Only opening the tool tells of it: the learner has to click once.
promise-because-person = A person has to decide.
promise-because-badges = It is as sure as the badges that are needed for it.
promise-because-nobody = Nothing tells Laurel of this in this course. Somebody has to award by hand.
promise-because-too-weak = What tells of it proves less than the rule demands.
promise-better-allow-roster = Ask the platform’s administrator to let Laurel read the list of people (names and roles).
promise-better-connect-records = Connect the platform’s own records (Canvas REST or Moodle web services), or have events sent.
promise-better-watch-column = Let Laurel watch a column for this activity, or connect the platform’s own records.
promise-better-ask-released = Hide the link behind the platform’s own conditions and ask whether it is released instead of opened.
promise-better-needed-badge = Make the badges that are needed surer.
promise-better-ask-less = Ask for weaker proof, or connect a source that proves more.
alarm-silent = { $label } usually speaks of this course and has been silent for much longer than usual.
alarm-missed = { $count ->
    [one] A reconcile found one completion that { $label } did not tell.
   *[other] A reconcile found { $count } completions that { $label } did not tell.
}
alarm-unreadable = { $label } could be read before and cannot be read now.
reconcile-sentence = { $count ->
    [one] One learner checked, { $awarded } awarded, { $missing } missing, { $unreadable } unreadable.
   *[other] { $count } learners checked, { $awarded } awarded, { $missing } missing, { $unreadable } unreadable.
}
reconcile-sentence-held = { $count ->
    [one] One learner checked, { $awarded } awarded, { $held } waiting for a click, { $missing } missing, { $unreadable } unreadable.
   *[other] { $count } learners checked, { $awarded } awarded, { $held } waiting for a click, { $missing } missing, { $unreadable } unreadable.
}
reconcile-broken = This reconcile was broken off. The next one looks at everybody again.
alarm-unreadable-roster = The list of people could be read before and cannot be read now.
