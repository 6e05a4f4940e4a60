# Zusagen, Zustand der Kanäle, Abgleiche.
promise-guaranteed = Zugesichert
promise-best-effort = Nach Kräften
promise-needs-click = Braucht einen Klick
promise-because-record = Laurel liest bei jedem Abgleich, was die Plattform selbst verzeichnet.
promise-because-gradebook = Laurel liest bei jedem Abgleich das Notenbuch.
promise-because-column = Laurel liest bei jedem Abgleich seine Spalte im Notenbuch.
promise-because-roster = Laurel liest bei jedem Abgleich, wer im Kurs ist.
promise-because-link-roster = Laurel liest bei jedem Abgleich, für wen die Plattform den Link freigibt.
promise-because-groups = Laurel liest bei jedem Abgleich die Gruppen des Kurses.
promise-because-events = Nur Ereignismeldungen sagen es. Geht eine verloren, findet sie niemand wieder.
promise-because-launch = Nur das Öffnen des Werkzeugs sagt es: Die Lernenden müssen einmal klicken.
promise-because-person = Ein Mensch muss entscheiden.
promise-because-badges = Es ist so sicher wie die Abzeichen, die dafür nötig sind.
promise-because-nobody = Nichts sagt Laurel das in diesem Kurs. Jemand muss von Hand verleihen.
promise-because-too-weak = Was davon berichtet, beweist weniger, als die Regel verlangt.
promise-better-allow-roster = Bitten Sie die Administration der Plattform, Laurel die Liste der Personen lesen zu lassen (Namen und Rollen).
promise-better-connect-records = Binden Sie die Aufzeichnungen der Plattform an (Canvas REST oder Moodle-Webservices), oder lassen Sie Ereignisse melden.
promise-better-watch-column = Lassen Sie Laurel eine Spalte dieser Aktivität beobachten, oder binden Sie die Aufzeichnungen der Plattform an.
promise-better-ask-released = Verbergen Sie den Link hinter den Bedingungen der Plattform, und fragen Sie nach der Freigabe statt nach dem Öffnen.
promise-better-needed-badge = Machen Sie die nötigen Abzeichen sicherer.
promise-better-ask-less = Verlangen Sie einen schwächeren Beweis, oder binden Sie eine Quelle an, die mehr beweist.
alarm-silent = { $label } meldet sich sonst zu diesem Kurs und schweigt viel länger als üblich.
alarm-missed = { $count ->
    [one] Ein Abgleich fand einen Abschluss, den { $label } nicht gemeldet hat.
   *[other] Ein Abgleich fand { $count } Abschlüsse, die { $label } nicht gemeldet hat.
}
alarm-unreadable = { $label } war lesbar und ist es jetzt nicht.
reconcile-sentence = { $count ->
    [one] Eine lernende Person geprüft, { $awarded } verliehen, { $missing } fehlen, { $unreadable } nicht lesbar.
   *[other] { $count } Lernende geprüft, { $awarded } verliehen, { $missing } fehlen, { $unreadable } nicht lesbar.
}
reconcile-sentence-held = { $count ->
    [one] Eine lernende Person geprüft, { $awarded } verliehen, { $held } warten auf einen Klick, { $missing } fehlen, { $unreadable } nicht lesbar.
   *[other] { $count } Lernende geprüft, { $awarded } verliehen, { $held } warten auf einen Klick, { $missing } fehlen, { $unreadable } nicht lesbar.
}
reconcile-broken = Dieser Abgleich wurde abgebrochen. Der nächste sieht alle wieder an.
alarm-unreadable-roster = Die Liste der Personen war lesbar und ist es jetzt nicht.
