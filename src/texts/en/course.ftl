# Pages inside the learning platform.
learner-title = Your badges in this course
learner-title-nameless-course = Your badges
learner-hello = Hello { $name }
learner-none = No badge can be earned here yet.
learner-earned = Earned
learner-earned-on = Earned on { $date }
learner-not-yet = Not yet earned
learner-missing = What is still missing
learner-done = Done
learner-unknown = Not known yet
learner-mailed = We have sent the badge to your e-mail address.
learner-no-address = Your learning platform did not give us your e-mail address, so we cannot send the badge yet. Ask for it to be passed on; we will send the badge as soon as we have it.
learner-revoked = This badge was withdrawn.
learner-criteria-link = What it takes
learner-staff = You teach in this course, so you cannot earn its badges.
learner-fallback-name = Learner { $id }

instructor-title = Badges in this course
instructor-none = No badge has been placed into this course yet.
instructor-rule = Rule
instructor-state-draft = Draft
instructor-state-live = Live
instructor-state-ended = Ended
instructor-learners = { $count ->
    [one] { $count } learner known in this course
   *[other] { $count } learners known in this course
}

# In the platform's gradebook, beside the points
score-comment-awarded = Badge awarded: { $achievement }

# The instructor's page: what the gradebook lacks
instructor-column-refused = The awards of this badge do not reach your gradebook. { $why }
instructor-scores-failed =
    { $count ->
        [one] One score could not be put into your gradebook.
       *[other] { $count } scores could not be put into your gradebook.
    } { $why }
gradebook-why-rejected = Your learning platform says that this person cannot be graded there, mostly because they have left the course.
gradebook-why-permission = Your learning platform does not let this tool use its gradebook; its administrator can allow it.
gradebook-why-purpose = The only column there is serves another purpose.
gradebook-why-other = The people who run this server see the reason and can try again.

# Others' work: a submission opened from the gradebook, one's own, the people in a mentor's care
review-title = Submission
review-title-own = Your submission
review-title-care = People in your care
review-title-taught = Why, and why not
review-lead = What this person has done for the badges that count here, and who says so.
review-lead-own = What you have done for the badges that count here, and who says so.
review-lead-care = What they have done for the badges of this course, and who says so.
review-lead-taught = What this person has done for the badges of this course, who says so, and what is missing.
review-awarded = Awarded
review-rule = What is asked
review-waits = The learning platform passes on no e-mail address of this person, so the badge cannot be sent yet.
review-none = There is nothing to show here yet.
review-none-help = Either nobody has told us of this person, or no badge counts in this column. As soon as that changes, it is shown here.
review-nobody = There is nobody to show here yet.
review-nobody-help = The people whom your learning platform puts into your care appear here once they have opened this course’s badges, or the course’s list of people has been read.
review-no-badges = No badge can be earned in this course yet.
review-back = Back to your learning platform
review-back-list = Back to the list of people
review-link = See the evidence

# The dry run of a badge, and awards that wait for a click
dry-run-title = Who would get it:
dry-run-link = Who would get it now, and why not yet
dry-run-lead = This is a preview. Nothing has been awarded by looking.
dry-run-lead-live = This badge is awarded automatically. Here is where everybody stands now; looking changes nothing.
dry-run-checked = { $count ->
    [one] One person was looked at.
   *[other] { $count } people were looked at.
}
dry-run-unknown = { $count ->
    [one] About one person something is not known yet.
   *[other] About { $count } people something is not known yet.
}
dry-run-now = Now
dry-run-nearly = Nearly
dry-run-not-yet = Not yet
dry-run-already = Have it
dry-run-excluded = Left out
dry-run-met = All of it since { $date }
hold-title = { $count } of { $all } people would get this badge now
hold-why-breaker = That is more at once than usual, and the proof is not strong, so it waits for you. Check the rule and the preview first.
hold-why-first-release = This badge goes to whoever your learning platform lets open an activity. The first time, a teacher looks at the list.
hold-why-undone = The last time was undone, so it waits for you now.
hold-award = Award it to them
hold-leave = Do not award it

# What was just awarded; columns by which teachers say who has done it; the terms of a badge
undo-title = { $count ->
    [one] One badge has just been awarded
   *[other] { $count } badges have just been awarded
}
undo-until = The mails about them leave on { $date }. Until then all can be taken back at once.
undo-means = Nobody is told. By the same rule these badges are not awarded again before you let them.
undo-button = Take them all back
undo-running = the badges that were just awarded are being taken back. Open this page again in a moment.
undo-done = { $count ->
    [one] one badge was taken back before anybody was told.
   *[other] { $count } badges were taken back before anybody was told.
}
trigger-title = A column in your gradebook for “{ $activity }”
trigger-label = Done: { $activity }
trigger-means = Laurel can put a column into your gradebook. Whoever is given its full mark there, by a teacher or by a formula, has done it. Laurel only reads the marks and never writes one.
trigger-shown = Your learning platform shows Laurel the marks at the next reading.
trigger-shown-of-posted = Your learning platform shows Laurel the marks only of people of whom it was told before. So Laurel first tells it of everybody in the course, without a mark.
trigger-make = Put the column into the gradebook
trigger-wanted = The column “{ $label }” is being put into your gradebook.
trigger-there = The column “{ $label }” in your gradebook says who has done it.
trigger-refused = The column for “{ $activity }” could not be put into your gradebook.
earlier-awards = Earned before: { $days }.
terms-course = Awarded once in this course, whatever was earned elsewhere.
terms-placement = Awarded once here, whatever was earned elsewhere.
terms-period = It can be earned again in every award period. It is now { $period }.
terms-between = It can be earned again in every award period. Now it is between two of them, and nothing can be earned.
terms-days = { $count ->
    [one] It is valid for one day.
   *[other] It is valid for { $count } days.
}
terms-until = It is valid until { $date }.
terms-with-period = It is valid to the end of its award period.
terms-withdraw = It is taken back when your learning platform says that the rule is no longer met.
