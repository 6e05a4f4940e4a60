# Pages for people: claim, share, criteria.
claim-title = Your badge “{ $achievement }”
claim-download-help = The picture carries the signed proof. Keep the file as it is.
claim-download-json = Download the signed document
claim-publish-help = Publishing makes a page with your badge that anybody with its link can open. You can stop publishing at any time.
claim-published = Published. Anybody with this link can see your badge:
claim-private = Only people with the link from your mail can see this page.
claim-revoked = This badge was revoked on { $date }.
claim-revoked-why = Reason: { $reason }
claim-expired = This badge expired on { $date }.
claim-replaced = This badge was issued anew. You see the newest.

share-check = Check this badge
share-check-help = Anybody can check that the badge is genuine and has not been revoked.
share-document = Signed document (Open Badges 3.0)
share-assertion = Public assertion (Open Badges 2.0)
share-description = Badge “{ $achievement }”, issued by { $issuer }

criteria-title = What it takes: { $achievement }
criteria-intro = { $issuer } awards this badge for the following.
criteria-none = The issuer has not described it further.
