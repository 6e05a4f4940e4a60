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
promise-because-other-platform = It is about a course of another platform, where the same people have other accounts. Nobody can tell that they are the same.
promise-because-unopened = It is about a course from which nobody has opened the tool yet: Laurel knows only its name and can read nothing of it.
promise-better-allow-roster = Ask the platform’s administrator to let Laurel read the list of people (names and roles).
promise-better-connect-records = Connect the platform’s own records (Canvas REST or Moodle web services), or have events sent.
promise-better-watch-column = Let Laurel watch a column for this activity, or connect the platform’s own records.
promise-better-ask-released = Hide the link behind the platform’s own conditions and ask whether it is released instead of opened.
promise-better-needed-badge = Make the badges that are needed surer.
promise-better-ask-less = Ask for weaker proof, or connect a source that proves more.
promise-better-open-there = Let somebody open Laurel in that course once.
promise-better-name-here = Name a course of the same platform, or let a person decide.
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

# The page of a course's checks
reconcile-title = Checks of this course
reconcile-lead = Laurel hears what learners have done while it happens. So that nobody is missed it also checks the whole course from time to time: it reads what your learning platform lets it read, and looks at everybody.
reconcile-link = Checks of this course, and who tells Laurel of it
reconcile-newest = The last check
reconcile-newest-at = Ended on { $date }.
reconcile-never = This course has not been checked yet. It is checked by itself within a few hours, or now if you ask for it.
reconcile-running = A check has been running since { $date }.
reconcile-running-read = { $done } of { $all } sources have been read.
reconcile-running-people = { $count ->
    [one] All is read; one person has been looked at so far.
   *[other] All is read; { $count } people have been looked at so far.
}
reconcile-again = Show this page again
reconcile-now = Check everybody now
reconcile-replay = Look at everybody again, without reading
reconcile-now-note = A check reads your learning platform once more and takes a moment. Without reading, everybody is judged again by what Laurel knows already.
reconcile-note-awarded = { $count ->
    [one] One badge was awarded of which nobody had told Laurel in time.
   *[other] { $count } badges were awarded of which nobody had told Laurel in time.
}
reconcile-note-nobody = Nobody had been missed.
reconcile-note-missing = { $count ->
    [one] One badge is due and could not be awarded. The people who run this server see why; the next check tries again.
   *[other] { $count } badges are due and could not be awarded. The people who run this server see why; the next check tries again.
}
reconcile-note-unreadable = { $count ->
    [one] Of one learner nobody knows: what could not be read might have told that they have earned a badge. See below what to do.
   *[other] Of { $count } learners nobody knows: what could not be read might have told that they have earned a badge. See below what to do.
}
reconcile-note-held = { $count ->
    [one] One badge waits for your click on the page of the course’s badges.
   *[other] { $count } badges wait for your click on the page of the course’s badges.
}
reconcile-note-silent = { $label } should have told of some of this, and did not.
reconcile-rescued = Who would have been missed
reconcile-rescued-more = { $count ->
    [one] And one more.
   *[other] And { $count } more.
}
reconcile-rescued-by = Found by: { $label }.
reconcile-sources = What was read
reconcile-source = Source
reconcile-read = Entries
reconcile-went = How it went
reconcile-complete = To its end
reconcile-incomplete = Not to its end
reconcile-platform-says = Your learning platform says:
reconcile-entries = { $count ->
    [one] one entry
   *[other] { $count } entries
}
reconcile-entries-new = { $count ->
    [one] one entry, new: { $new }
   *[other] { $count } entries, new: { $new }
}
reconcile-history = What earlier checks came to
reconcile-ended = Ended
reconcile-cause = Why it was made
reconcile-said = What it came to
reconcile-older = Older checks
reconcile-cause-due = By itself
reconcile-cause-asked = Somebody asked
reconcile-cause-replay = Somebody asked, without reading
reconcile-source-roster = List of people
reconcile-source-link-roster = Who may open “{ $label }”
reconcile-source-column = Column “{ $label }” of the gradebook
reconcile-source-record = The platform’s own records ({ $label })
reconcile-why-column-permission = Your learning platform does not let this tool read it. Its administrator can allow grade services for the tool (line items, results).
reconcile-why-column-gone = The column is gone from your gradebook, or hidden from this tool. It is looked for again the next time that somebody opens Laurel in this course.
reconcile-why-unavailable = Your learning platform did not answer. It is asked again automatically.
reconcile-why-record-access = Your learning platform refuses the access that was set up. The people who run this server have to set it up again.
reconcile-why-record-setup = Your learning platform is not set up for this yet: its administrator finds on Laurel’s set-up page what to switch on.
reconcile-why-record-course = Your learning platform has not told which of its courses this is, or knows no such course. Open Laurel once more from the course; if that does not help, tell the people who run this server.
reconcile-why-record-nothing = The course has nothing that can be completed. Add completion requirements there, or let the badge ask for something else.
reconcile-why-other = The people who run this server see the reason and can mend it.
channel-launch = when somebody opens Laurel
channel-event = by messages
channel-roster = a list that Laurel reads
channel-column = a column that Laurel reads
channel-gradebook = a gradebook that Laurel reads
channel-record = records that Laurel reads
channel-other = decisions and files
channels-title = Who tells Laurel of this course
channels-note = Each is watched: who usually speaks and falls silent while the course goes on is an alarm.
channels-none = Nobody has told of this course yet.
channels-who = Who
channels-last = Last heard
channels-usual = Usually
channels-health = Health
channels-unknown = not known yet
channels-alarm = Alarm
channels-well = In order
channels-since = Since { $date }.
channels-minutes = { $count ->
    [one] about every minute
   *[other] about every { $count } minutes
}
channels-hours = { $count ->
    [one] about every hour
   *[other] about every { $count } hours
}
channels-days = { $count ->
    [one] about every day
   *[other] about every { $count } days
}
alarm-silent-next = Ask whoever runs it whether it still sends: often a key has expired or a setting was changed. Until it speaks again, a check finds what can be read.
alarm-missed-next = Ask whoever runs it whether it sends all completions of this course. Whoever was affected has the badge by now.
checks-alarms = { $count ->
    [one] One source of this course needs a look.
   *[other] { $count } sources of this course need a look.
}
checks-title = Is anybody missed?
checks-running = A check is running now.
promise-why = How surely everybody is found
promise-told-by = Told by: { $label }.
