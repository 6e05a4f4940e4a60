# The picker: an author chooses badges for a course inside the learning platform.
pick-title = Choose a badge
pick-lead-one = Choose the badge that this activity should offer.
pick-lead-several = Choose one or more badges; each becomes an activity of your course.
pick-search = Search by name
pick-search-go = Search
pick-found = { $count ->
    [one] { $count } badge
   *[other] { $count } badges
}
pick-page = page { $page } of { $pages }
pick-pages = Pages of badges
pick-page-before = Previous page
pick-page-after = Next page
pick-none = There is no badge yet that you may place
pick-none-next = The people who look after Laurel at your institution make badges and decide who may place them. You can begin one below.
pick-none-found = No badge has this name
pick-choose-one = Choose one badge
pick-choose-several = Choose badges
pick-elsewhere = Chosen already
pick-here = On this page
pick-continue = Continue
pick-cancel = Cancel
pick-refused = There is nothing here that this place can take
pick-refused-next = Your learning platform takes no tool activities in this place. Go back, and add this tool as an activity of the course instead.
pick-draft = Begin a new badge
pick-draft-means = A draft awards nothing until the people who look after Laurel at your institution have approved it.
pick-draft-name = Name of the badge
pick-draft-description = What does it say about its holder?
pick-draft-begin = Begin this draft
pick-link-this = this activity
pick-link-any = any activity of this tool in the course
pick-slot-link = Which activity has to be opened?
pick-slot-least-percent = At least this many percent
pick-slot-least-points = At least this many points
pick-slot-most-percent = At most this many percent
pick-slot-most-points = At most this many points
pick-slot-needed = How many of the parts are needed?
pick-problem-nothing = Choose a badge first.
pick-problem-many = Choose fifty badges at most at once.
pick-problem-maximum = The points of a column are a whole number from 1 to 100.
pick-problem-dates = These dates do not fit together: give a day and a time, and let the activity open before it is due.
pick-problem-drafts = Place these drafts first, then begin more.
pick-problem-no-issuer = Nobody awards badges here yet. Please ask the people who look after Laurel.
pick-problem-issuer = Choose who should award the badge.
pick-problem-looser = The rule can be made stricter here, but not easier.
pick-problem-number = Please give a number.
pick-problem-text = Please give a name of at most 200 characters and a description of at most 2000.
pick-problem-other = Something in this form does not fit. Please look at it again.

settle-title = Before it goes into your course
settle-lead = Look at the rule of each badge. Nothing here has to be changed.
settle-stricter = Make the rule stricter
settle-column = Gradebook
settle-column-wanted = Add a column to the gradebook
settle-column-maximum = Points of the column (1 to 100)
settle-column-means = Whoever is awarded the badge gets full points there. Nobody else gets a number.
settle-dates = Dates
settle-opens = Learners may open it from (UTC)
settle-due = Due (UTC)
settle-dates-mean = Your learning platform shows and keeps these dates. What the rule of the badge says of dates holds as well.
settle-place = Place in the course
settle-back = Back to the choice

instructor-decide = This badge waits for you
instructor-decide-copy = It came along when this course was copied. Nothing is awarded before you confirm it; the badges awarded in the old course stay there.
instructor-decide-operator = Only the people who look after Laurel at your institution can put it into force.
instructor-decide-link = The rule names “{ $title }” of the old course. Which activity of this course stands for it?
instructor-decide-choose = Please choose
instructor-decide-no-link = No activity of this course is known here yet. Open the copied activity once, then come back to this page.
instructor-decide-confirm = Put into force
instructor-decide-discard = Discard

error-answered-what = This selection was sent to your learning platform already.
error-answered-next = Go back to your course. To add more badges, open the selection there again.
error-strange-what = This activity was not made for this course, so no badge belongs to it here.
error-strange-next = Delete the activity, add this tool again and choose the badge anew.
