# The people of a course, for who teaches there.
roster-title = People in this course
roster-link = People in this course, and what each has earned
roster-back = Back to the badges of this course
roster-reading = Your learning platform's list
roster-never = The list of people has not been read from your learning platform yet.
roster-awaited = The list is being read. Open this page again in a moment.
roster-read-at = Last read on { $date }.
roster-read-people = { $count ->
    [one] It named one person.
   *[other] It named { $count } people.
}
roster-incomplete = It could not be read to its end, so nobody was taken off the list.
roster-why-permission = Your learning platform does not let this tool read it; its administrator can allow names and roles for the tool.
roster-why-unavailable = Your learning platform did not answer. It is asked again automatically.
roster-why-paging = Its pages led astray: in a circle, to another server, or on without end.
roster-why-other = The people who run this server see the reason and can try again.
roster-ask = Read the list now
roster-lists = Lists
roster-learners = Learners
roster-staff = Teachers and staff
roster-gone = No longer here
roster-nobody = Nobody is on this list.
roster-groups = Groups:
roster-excluded-staff = Teaches here or once did, and so earns no badges of this course.
roster-excluded-gone = Takes no part in the course now. Badges that were earned stay.
roster-excluded-test = A test account earns no badges.
roster-excluded-other = Is no learner of this course, and so earns no badges of it.
roster-excluded-vetoed = A person took this badge back; it is not given again by itself.
roster-pages = Pages of the list
roster-previous = Previous page
roster-next = Next page
roster-not-offered = Your learning platform offers Laurel no list of the people in this course. Shown are those who have opened Laurel here, and those of whom other systems have told; nobody else is known.
roster-not-offered-next = Its administrator can allow names and roles for the tool. From the next time that somebody opens Laurel here, the whole list is read.
