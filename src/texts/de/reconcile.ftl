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
promise-because-other-platform = Es geht um einen Kurs einer anderen Plattform, auf der dieselben Menschen andere Konten haben. Niemand kann wissen, dass es dieselben sind.
promise-because-unopened = Es geht um einen Kurs, aus dem noch niemand das Werkzeug geöffnet hat: Laurel kennt nur seinen Namen und kann dort nichts lesen.
promise-better-allow-roster = Bitten Sie die Administration der Plattform, Laurel die Liste der Personen lesen zu lassen (Namen und Rollen).
promise-better-connect-records = Binden Sie die Aufzeichnungen der Plattform an (Canvas REST oder Moodle-Webservices), oder lassen Sie Ereignisse melden.
promise-better-watch-column = Lassen Sie Laurel eine Spalte dieser Aktivität beobachten, oder binden Sie die Aufzeichnungen der Plattform an.
promise-better-ask-released = Verbergen Sie den Link hinter den Bedingungen der Plattform, und fragen Sie nach der Freigabe statt nach dem Öffnen.
promise-better-needed-badge = Machen Sie die nötigen Abzeichen sicherer.
promise-better-ask-less = Verlangen Sie einen schwächeren Beweis, oder binden Sie eine Quelle an, die mehr beweist.
promise-better-open-there = Lassen Sie jemanden Laurel einmal in jenem Kurs öffnen.
promise-better-name-here = Nennen Sie einen Kurs derselben Plattform, oder lassen Sie einen Menschen entscheiden.
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

# Die Seite der Prüfungen eines Kurses
reconcile-title = Prüfungen dieses Kurses
reconcile-lead = Laurel erfährt, was Lernende getan haben, während es geschieht. Damit niemand übersehen wird, prüft es von Zeit zu Zeit auch den ganzen Kurs: Es liest, was Ihre Lernplattform es lesen lässt, und sieht alle an.
reconcile-link = Prüfungen dieses Kurses, und wer Laurel von ihm berichtet
reconcile-newest = Die letzte Prüfung
reconcile-newest-at = Beendet am { $date }.
reconcile-never = Dieser Kurs wurde noch nicht geprüft. Das geschieht von selbst in den nächsten Stunden, oder jetzt, wenn Sie es wünschen.
reconcile-running = Seit { $date } läuft eine Prüfung.
reconcile-running-read = { $done } von { $all } Quellen sind gelesen.
reconcile-running-people = { $count ->
    [one] Alles ist gelesen; eine Person ist bisher angesehen.
   *[other] Alles ist gelesen; { $count } Personen sind bisher angesehen.
}
reconcile-again = Diese Seite neu zeigen
reconcile-now = Jetzt alle prüfen
reconcile-replay = Alle neu ansehen, ohne zu lesen
reconcile-now-note = Eine Prüfung liest Ihre Lernplattform noch einmal und dauert einen Augenblick. Ohne Lesen werden alle nach dem neu beurteilt, was Laurel schon weiß.
reconcile-note-awarded = { $count ->
    [one] Ein Abzeichen wurde verliehen, von dem niemand Laurel rechtzeitig berichtet hatte.
   *[other] { $count } Abzeichen wurden verliehen, von denen niemand Laurel rechtzeitig berichtet hatte.
}
reconcile-note-nobody = Niemand war übersehen worden.
reconcile-note-missing = { $count ->
    [one] Ein Abzeichen steht aus und konnte nicht verliehen werden. Wer diesen Server betreibt, sieht den Grund; die nächste Prüfung versucht es wieder.
   *[other] { $count } Abzeichen stehen aus und konnten nicht verliehen werden. Wer diesen Server betreibt, sieht den Grund; die nächste Prüfung versucht es wieder.
}
reconcile-note-unreadable = { $count ->
    [one] Von einer lernenden Person weiß es niemand: Was nicht lesbar war, hätte berichten können, dass sie ein Abzeichen verdient hat. Unten steht, was zu tun ist.
   *[other] Von { $count } Lernenden weiß es niemand: Was nicht lesbar war, hätte berichten können, dass sie ein Abzeichen verdient haben. Unten steht, was zu tun ist.
}
reconcile-note-held = { $count ->
    [one] Ein Abzeichen wartet auf Ihren Klick auf der Seite der Abzeichen des Kurses.
   *[other] { $count } Abzeichen warten auf Ihren Klick auf der Seite der Abzeichen des Kurses.
}
reconcile-note-silent = { $label } hätte einiges davon melden sollen und hat es nicht getan.
reconcile-rescued = Wer sonst übersehen worden wäre
reconcile-rescued-more = { $count ->
    [one] Und eine weitere Person.
   *[other] Und { $count } weitere.
}
reconcile-rescued-by = Gefunden durch: { $label }.
reconcile-sources = Was gelesen wurde
reconcile-source = Quelle
reconcile-read = Einträge
reconcile-went = Wie es ging
reconcile-complete = Bis zum Ende
reconcile-incomplete = Nicht bis zum Ende
reconcile-platform-says = Ihre Lernplattform sagt:
reconcile-entries = { $count ->
    [one] ein Eintrag
   *[other] { $count } Einträge
}
reconcile-entries-new = { $count ->
    [one] ein Eintrag, neu: { $new }
   *[other] { $count } Einträge, neu: { $new }
}
reconcile-history = Was frühere Prüfungen ergaben
reconcile-ended = Beendet
reconcile-cause = Anlass
reconcile-said = Ergebnis
reconcile-older = Ältere Prüfungen
reconcile-cause-due = Von selbst
reconcile-cause-asked = Auf Wunsch
reconcile-cause-replay = Auf Wunsch, ohne zu lesen
reconcile-source-roster = Liste der Personen
reconcile-source-link-roster = Wer „{ $label }“ öffnen darf
reconcile-source-column = Spalte „{ $label }“ des Notenbuchs
reconcile-source-record = Was die Plattform selbst verzeichnet ({ $label })
reconcile-why-column-permission = Ihre Lernplattform lässt dieses Werkzeug die Spalte nicht lesen. Ihre Administration kann ihm die Notendienste erlauben (Spalten, Ergebnisse).
reconcile-why-column-gone = Die Spalte ist aus Ihrem Notenbuch verschwunden oder für dieses Werkzeug verborgen. Sie wird wieder gesucht, sobald jemand Laurel in diesem Kurs öffnet.
reconcile-why-unavailable = Ihre Lernplattform hat nicht geantwortet. Sie wird von selbst wieder gefragt.
reconcile-why-record-access = Ihre Lernplattform verweigert den eingerichteten Zugang. Wer diesen Server betreibt, muss ihn neu einrichten.
reconcile-why-record-setup = Ihre Lernplattform ist dafür noch nicht eingerichtet: Auf Laurels Einrichtungsseite findet ihre Administration, was einzuschalten ist.
reconcile-why-record-course = Ihre Lernplattform hat nicht gesagt, welcher ihrer Kurse dies ist, oder kennt ihn nicht. Öffnen Sie Laurel noch einmal aus dem Kurs; hilft das nicht, sagen Sie es denen, die diesen Server betreiben.
reconcile-why-record-nothing = Im Kurs lässt sich nichts abschließen. Legen Sie dort Abschlussbedingungen fest, oder lassen Sie das Abzeichen etwas anderes verlangen.
reconcile-why-other = Wer diesen Server betreibt, sieht den Grund und kann ihn beheben.
channel-launch = wenn jemand Laurel öffnet
channel-event = durch Meldungen
channel-roster = eine Liste, die Laurel liest
channel-column = eine Spalte, die Laurel liest
channel-gradebook = ein Notenbuch, das Laurel liest
channel-record = Verzeichnetes, das Laurel liest
channel-other = Entscheidungen und Dateien
channels-title = Wer Laurel von diesem Kurs berichtet
channels-note = Alle werden beobachtet: Wer sonst spricht und schweigt, während der Kurs weitergeht, löst einen Alarm aus.
channels-none = Noch hat niemand von diesem Kurs berichtet.
channels-who = Wer
channels-last = Zuletzt gehört
channels-usual = Üblich
channels-health = Zustand
channels-unknown = noch nicht bekannt
channels-alarm = Alarm
channels-well = In Ordnung
channels-since = Seit { $date }.
channels-minutes = { $count ->
    [one] etwa jede Minute
   *[other] etwa alle { $count } Minuten
}
channels-hours = { $count ->
    [one] etwa jede Stunde
   *[other] etwa alle { $count } Stunden
}
channels-days = { $count ->
    [one] etwa jeden Tag
   *[other] etwa alle { $count } Tage
}
alarm-silent-next = Fragen Sie, wer es betreibt, ob es noch sendet: Oft ist ein Schlüssel abgelaufen oder eine Einstellung geändert. Bis es wieder spricht, findet eine Prüfung, was sich lesen lässt.
alarm-missed-next = Fragen Sie, wer es betreibt, ob es alle Abschlüsse dieses Kurses sendet. Wen es betraf, hat das Abzeichen inzwischen.
checks-alarms = { $count ->
    [one] Eine Quelle dieses Kurses braucht einen Blick.
   *[other] { $count } Quellen dieses Kurses brauchen einen Blick.
}
checks-title = Wird jemand übersehen?
checks-running = Gerade läuft eine Prüfung.
promise-why = Wie sicher alle gefunden werden
promise-told-by = Es berichtet: { $label }.
