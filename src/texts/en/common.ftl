# Words that several pages and mails use.
product = Laurel
date-day = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
action-download = Download the badge
action-share = Publish and get a link to share
action-unshare = Stop publishing
action-back = Back to the course
label-issuer = Issued by
label-recipient = Awarded to
label-awarded-on = Awarded on
label-valid-until = Valid until
label-criteria = What it takes
label-course = Course
label-tags = Topics
state-active = Valid
state-expired = Expired
state-revoked = Revoked
state-scheduled = Scheduled
state-waiting-for-address = Waits for an e-mail address
badge-alt = Picture of the badge “{ $achievement }”
footer-private = No trackers, nothing loaded from elsewhere.
