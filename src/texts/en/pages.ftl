# Words of the pages that are not in the other files.
skip-to-content = Skip to the content
opens-new-window = opens a new window
date-minute = { $date }, { $time } UTC
label-kind = Kind
label-version = Version
label-evidence = Evidence
label-earned = How it was earned
label-alignments = Aligned with

error-next-title = What you can do
error-other-next = Go back and try again. If it happens again, please pass on the reference below.
error-help-title = Getting help
error-detail-title = For whoever looks after this tool
error-detail-help = These are the facts you need to put it right.

learner-open = Not done yet
learner-none-help = As soon as your teacher places a badge into this course, it appears here with what it takes.
learner-claim-link = View and keep your badge
learner-scheduled = You have earned it; it will be awarded on { $date }.
learner-scheduled-later = You have earned it; it will be awarded later.
learner-expired = This badge has expired.
learner-test = You are here as a test user or on behalf of somebody else, so no badge is awarded to you.
learner-visitor = You have no role in this course, so no badge is awarded to you here. These are the badges that can be earned.
learner-no-course = You did not come here from a course. Open the activity inside your course to see its badges.

instructor-none-next = A badge is placed into a course by the people who look after Laurel at your institution, or by a program through the API. Tell them which badge you would like and what learners should do for it.
instructor-none-id = They will ask for the id of this course:
instructor-draft-means = Learners do not see it yet, and nothing is awarded.
instructor-live-means = Whoever meets the rule is awarded the badge by itself.
instructor-ended-means = Nothing more is awarded. Badges awarded before stay valid.
instructor-rule-parts = Show the rule step by step
instructor-counts = So far
instructor-count-awarded = awarded
instructor-count-waiting = waiting for an address
instructor-count-expired = expired
instructor-count-revoked = revoked
instructor-sources = By the rule: { $automatic }, by hand: { $manual }, brought from elsewhere: { $imported }.
instructor-waiting-means = The learning platform passes on no e-mail address for those who wait. As soon as it does, they get their badge.

claim-kicker = Your badge
claim-share-title = Show it to others
claim-use-title = Take it along
claim-use-backpack = Backpack or portfolio: upload the downloaded picture there. Use the e-mail address that your badge was sent to, so that it is recognised as yours.
claim-use-wallet = Wallet for digital credentials: import the signed document.
claim-use-link = Application or profile: publish your badge and give the link of its page. Everybody can check it there.

share-kicker = Open Badge
share-criteria-link = All about this badge
share-whose-title = Whose badge is this?
share-whose = This page names nobody. The badge holds only a scrambled form of its owner’s e-mail address, so that they can prove that it is theirs. If you were given this link, ask its owner to confirm the address.
share-machines-title = For programs
check-at = Checked on { $date }
check-again = Check again

criteria-kicker = Open Badge that can be earned
criteria-achievement = Description for programs (Open Badges 3.0)
criteria-badge-class = Description for programs (Open Badges 2.0)

home-title = Laurel: badges for what people learn
home-lead = This server awards Open Badges for what people achieve in their courses.
home-learner-title = For learners
home-learner = Open the badge activity in your course; there you see what you have earned and what is still missing. The link to a badge of yours is in the mail that brought it.
home-checker-title = For whoever was shown a badge
home-checker = Open the link you were given. Its page says what the badge stands for and checks whether it is genuine.
home-builder-title = For programmers
home-builder = Everything that Laurel does can be done through its API.
home-docs = Read the API’s documentation
