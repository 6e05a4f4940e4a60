# Mails.
mail-award-subject = You earned the badge “{ $achievement }”
mail-award-hello = Hello { $name },
mail-award-hello-nameless = Hello,
mail-award-earned = you earned the badge “{ $achievement }”. { $issuer } awarded it to you on { $date }.
mail-award-earned-in-course = you earned the badge “{ $achievement }” in the course “{ $course }”. { $issuer } awarded it to you on { $date }.
mail-award-open = See your badge, download it or publish it:
mail-award-button = See your badge
mail-award-attached = The picture attached to this mail is the badge itself: it carries a signed proof that others can check. Keep the file as it is; a screenshot or a converted copy loses the proof.
mail-award-private = Nobody else sees your badge page until you publish it. The link above is yours: whoever has it can open the page, so please do not pass it on.
mail-award-why = You get this mail because { $issuer } awarded you a badge. Your learning platform gave us the address. This mail holds no trackers.
mail-reminder-subject = Your badge “{ $achievement }” ends soon
mail-reminder-ends = your badge “{ $achievement }”, awarded by { $issuer }, ends on { $date }. After that day it is no longer valid.
mail-reminder-again = If it can be renewed, you earn it again by what you do in your course.
mail-reminder-why = You get this mail because { $issuer } awarded you a badge that ends soon. Your learning platform gave us the address. This mail holds no trackers.
mail-probe-subject = Test mail from { $host }
mail-probe-body = This mail shows that { $host } can send mail. Nothing needs to be done.
