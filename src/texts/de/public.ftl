# Seiten für Menschen: abholen, teilen, Kriterien.
claim-title = Ihr Abzeichen „{ $achievement }“
claim-download-help = Das Bild enthält den signierten Nachweis. Bewahren Sie die Datei unverändert auf.
claim-download-json = Signiertes Dokument herunterladen
claim-publish-help = Beim Veröffentlichen entsteht eine Seite mit Ihrem Abzeichen, die alle mit ihrem Link öffnen können. Sie können das jederzeit beenden.
claim-published = Veröffentlicht. Wer diesen Link hat, kann Ihr Abzeichen sehen:
claim-private = Nur wer den Link aus Ihrer Mail hat, kann diese Seite sehen.
claim-revoked = Dieses Abzeichen wurde am { $date } widerrufen.
claim-revoked-why = Grund: { $reason }
claim-expired = Dieses Abzeichen ist am { $date } abgelaufen.
claim-replaced = Dieses Abzeichen wurde neu ausgestellt. Sie sehen das neueste.

share-check = Abzeichen prüfen
share-check-help = Alle können prüfen, dass das Abzeichen echt und nicht widerrufen ist.
share-document = Signiertes Dokument (Open Badges 3.0)
share-assertion = Öffentliche Bestätigung (Open Badges 2.0)
share-description = Abzeichen „{ $achievement }“, ausgestellt von { $issuer }

criteria-title = Was dafür nötig ist: { $achievement }
criteria-intro = { $issuer } verleiht dieses Abzeichen für Folgendes.
criteria-none = Es wurde nicht weiter beschrieben.
