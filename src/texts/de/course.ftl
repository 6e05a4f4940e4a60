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
learner-pending = Sie haben es erworben; jemand muss es noch freigeben.
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
instructor-awarded = { $count ->
    [one] { $count } Abzeichen verliehen
   *[other] { $count } Abzeichen verliehen
}
instructor-waiting = { $count ->
    [one] { $count } wartet
   *[other] { $count } warten
}
instructor-guaranteed = Sicher: wird ohne Klick verliehen.
instructor-best-effort = So bald wie möglich: wird verliehen, sobald Ihre Lernplattform es uns sagt.
instructor-needs-click = Braucht einen Klick: Die Lernenden müssen den Link einmal öffnen.
instructor-preview = Lernende sehen diese Seite

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
