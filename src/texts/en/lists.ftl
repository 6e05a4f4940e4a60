# A course's own list, compared with a badge.
list-title = Compare with a list
list-lead = If you have a list of your own of who has completed the course, compare it with who has the badge. Comparing awards nothing and takes nothing back.
list-link = Compare with a list of your own
list-difference = The list
list-with = Compared with the badge
list-both = On both
list-there = On the list, without the badge
list-here = With the badge, not on the list
list-unknown = Lines that name nobody who is known in this course: { $lines }.
list-ambiguous = Lines that could mean several people: { $lines }.
list-repeated = { $count ->
    [one] One line names somebody again.
   *[other] { $count } lines name somebody again.
}
list-new = Compare a list
list-badge = Badge
list-file = File (CSV)
list-file-note = One person a line: the learning platform’s id of them or their e-mail address, and, if you like, the day of completion as 2026-11-23 or 23.11.2026 in the second column.
list-nothing = The list is kept with the difference. Nobody is awarded by it.
list-compare = Compare
list-no-badge = No badge can be earned in this course yet, so there is nothing to compare with.
list-earlier = Lists compared before
list-why-met = has met the rule; the badge is on its way, or waits for somebody’s click
list-why-nearly = lacks one thing here
list-why-not-yet = has not met the rule here
list-why-unknown = something is not known here
list-problem-empty = The file names nobody. Choose a CSV file with one person a line.
list-problem-badge = Choose the badge to compare with.
list-problem-encoding = The file cannot be read as text. Save it as CSV in UTF-8.
list-problem-long = A list has at most { $most } lines. Split it.
list-problem-line = Line { $line } cannot be read. Each line names one person, and the day, if there is one, is written as 2026-11-23 or 23.11.2026.
list-problem-other = The file cannot be read. Choose a CSV file with one person a line.
