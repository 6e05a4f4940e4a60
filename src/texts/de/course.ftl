# Seiten innerhalb der Lernplattform.
learner-title = Ihre Abzeichen in diesem Kurs
learner-title-nameless-course = Ihre Abzeichen
learner-hello = Guten Tag, { $name }
learner-none = Hier lässt sich noch kein Abzeichen erwerben.
learner-earned = Erworben
learner-earned-on = Erworben am { $date }
learner-not-yet = Noch nicht erworben
learner-missing = Was noch fehlt
learner-done = Erledigt
learner-unknown = Noch nicht bekannt
learner-mailed = Wir haben das Abzeichen an Ihre E-Mail-Adresse geschickt.
learner-no-address = Ihre Lernplattform hat uns Ihre E-Mail-Adresse nicht mitgeteilt, deshalb können wir das Abzeichen noch nicht schicken. Bitten Sie darum, dass sie weitergegeben wird; sobald wir sie haben, schicken wir das Abzeichen.
learner-revoked = Dieses Abzeichen wurde zurückgezogen.
learner-criteria-link = Was dafür nötig ist
learner-staff = Sie lehren in diesem Kurs und können seine Abzeichen deshalb nicht erwerben.
learner-fallback-name = Person { $id }

instructor-title = Abzeichen in diesem Kurs
instructor-none = In diesem Kurs gibt es noch kein Abzeichen.
instructor-rule = Regel
instructor-state-draft = Entwurf
instructor-state-live = In Kraft
instructor-state-ended = Beendet
instructor-learners = { $count ->
    [one] { $count } Person in diesem Kurs bekannt
   *[other] { $count } Personen in diesem Kurs bekannt
}

# Im Notenbuch der Lernplattform, neben den Punkten
score-comment-awarded = Badge verliehen: { $achievement }

# Die Seite für Lehrende: was im Notenbuch fehlt
instructor-column-refused = Die Verleihungen dieses Badges kommen nicht in Ihrem Notenbuch an. { $why }
instructor-scores-failed =
    { $count ->
        [one] Eine Bewertung konnte nicht in Ihr Notenbuch eingetragen werden.
       *[other] { $count } Bewertungen konnten nicht in Ihr Notenbuch eingetragen werden.
    } { $why }
gradebook-why-rejected = Ihre Lernplattform meldet, dass diese Person dort nicht bewertet werden kann, meist weil sie den Kurs verlassen hat.
gradebook-why-permission = Ihre Lernplattform erlaubt diesem Werkzeug das Notenbuch nicht; die Administration kann es freigeben.
gradebook-why-purpose = Die einzige vorhandene Spalte dient einem anderen Zweck.
gradebook-why-other = Wer diesen Server betreibt, sieht den Grund und kann es erneut versuchen.

# Die Arbeit anderer: eine Abgabe aus dem Notenbuch, die eigene, die begleiteten Personen
review-title = Abgabe
review-title-own = Ihre Abgabe
review-title-care = Personen, die Sie begleiten
review-title-taught = Warum, und warum nicht
review-lead = Was diese Person für die Abzeichen getan hat, die hier zählen, und wer das bestätigt.
review-lead-own = Was Sie für die Abzeichen getan haben, die hier zählen, und wer das bestätigt.
review-lead-care = Was sie für die Abzeichen dieses Kurses getan haben, und wer das bestätigt.
review-lead-taught = Was diese Person für die Abzeichen dieses Kurses getan hat, wer das bestätigt und was noch fehlt.
review-awarded = Verliehen
review-rule = Was verlangt wird
review-waits = Die Lernplattform gibt keine E-Mail-Adresse dieser Person weiter, deshalb kann das Abzeichen noch nicht verschickt werden.
review-none = Hier gibt es noch nichts zu sehen.
review-none-help = Entweder hat uns noch niemand von dieser Person berichtet, oder in dieser Spalte zählt kein Abzeichen. Sobald sich das ändert, erscheint es hier.
review-nobody = Hier ist noch niemand zu sehen.
review-nobody-help = Wen Ihre Lernplattform Ihnen anvertraut, erscheint hier, sobald die Person die Abzeichen dieses Kurses geöffnet hat oder die Teilnehmerliste des Kurses gelesen wurde.
review-no-badges = In diesem Kurs lässt sich noch kein Abzeichen erwerben.
review-back = Zurück zur Lernplattform
review-back-list = Zurück zur Personenliste
review-link = Nachweise ansehen

# Die Vorschau eines Abzeichens, und Verleihungen, die auf einen Klick warten
dry-run-title = Wer es bekäme:
dry-run-link = Wer es jetzt bekäme, und warum noch nicht
dry-run-lead = Dies ist eine Vorschau. Durch das Ansehen wurde nichts verliehen.
dry-run-lead-live = Dieses Abzeichen wird automatisch verliehen. So steht es jetzt um alle; das Ansehen ändert nichts.
dry-run-checked = { $count ->
    [one] Eine Person wurde betrachtet.
   *[other] { $count } Personen wurden betrachtet.
}
dry-run-unknown = { $count ->
    [one] Über eine Person ist etwas noch nicht bekannt.
   *[other] Über { $count } Personen ist etwas noch nicht bekannt.
}
dry-run-now = Jetzt
dry-run-nearly = Fast
dry-run-not-yet = Noch nicht
dry-run-already = Haben es
dry-run-excluded = Ausgenommen
dry-run-met = Alles erfüllt seit { $date }
hold-title = { $count ->
    [one] Eine von { $all } Personen bekäme dieses Abzeichen jetzt
   *[other] { $count } von { $all } Personen bekämen dieses Abzeichen jetzt
}
hold-why-breaker = Das sind auf einmal mehr als üblich, und der Nachweis ist nicht stark; deshalb wartet es auf Sie. Prüfen Sie erst die Regel und die Vorschau.
hold-why-first-release = Dieses Abzeichen erhält, wen die Lernplattform eine Aktivität öffnen lässt. Beim ersten Mal sieht eine Lehrperson die Liste an.
hold-why-undone = Das letzte Mal wurde rückgängig gemacht; deshalb wartet es jetzt auf Sie.
hold-award = Ihnen verleihen
hold-leave = Nicht verleihen

# Was gerade verliehen wurde; Spalten, in denen Lehrende sagen, wer es erledigt hat; Bedingungen eines Abzeichens
undo-title = { $count ->
    [one] Ein Abzeichen wurde gerade verliehen
   *[other] { $count } Abzeichen wurden gerade verliehen
}
undo-until = Die Mails dazu gehen am { $date } hinaus. Bis dahin lassen sich alle auf einmal zurücknehmen.
undo-means = Niemand erfährt davon. Nach derselben Regel werden diese Abzeichen nicht wieder verliehen, bevor Sie es zulassen.
undo-button = Alle zurücknehmen
undo-running = Die gerade verliehenen Abzeichen werden zurückgenommen. Öffnen Sie diese Seite gleich noch einmal.
undo-done = { $count ->
    [one] Ein Abzeichen wurde zurückgenommen, bevor jemand davon erfuhr.
   *[other] { $count } Abzeichen wurden zurückgenommen, bevor jemand davon erfuhr.
}
trigger-title = Eine Spalte in Ihrem Notenbuch für „{ $activity }“
trigger-label = Erledigt: { $activity }
trigger-means = Laurel kann eine Spalte in Ihr Notenbuch setzen. Wer dort von Lehrenden oder durch eine Formel die volle Punktzahl bekommt, hat es erledigt. Laurel liest die Punkte nur und schreibt nie welche.
trigger-shown = Ihre Lernplattform zeigt Laurel die Punkte beim nächsten Lesen.
trigger-shown-of-posted = Ihre Lernplattform zeigt Laurel nur die Punkte von Personen, von denen sie schon etwas erfahren hat. Darum nennt Laurel ihr zuerst alle im Kurs, ohne Punkte.
trigger-make = Die Spalte ins Notenbuch setzen
trigger-wanted = Die Spalte „{ $label }“ wird gerade in Ihr Notenbuch gesetzt.
trigger-there = Die Spalte „{ $label }“ in Ihrem Notenbuch sagt, wer es erledigt hat.
trigger-refused = Die Spalte für „{ $activity }“ ließ sich nicht in Ihr Notenbuch setzen.
earlier-awards = Früher verdient: { $days }.
terms-course = In diesem Kurs wird es einmal verliehen, was immer anderswo verdient wurde.
terms-placement = Hier wird es einmal verliehen, was immer anderswo verdient wurde.
terms-period = Es kann in jedem Zeitraum neu verdient werden. Jetzt ist { $period }.
terms-between = Es kann in jedem Zeitraum neu verdient werden. Jetzt ist gerade keiner, und nichts kann verdient werden.
terms-days = { $count ->
    [one] Es gilt einen Tag.
   *[other] Es gilt { $count } Tage.
}
terms-until = Es gilt bis zum { $date }.
terms-with-period = Es gilt bis zum Ende seines Zeitraums.
terms-withdraw = Es wird zurückgenommen, wenn Ihre Lernplattform sagt, dass die Regel nicht mehr erfüllt ist.
