# Die Auswahl: Lehrende wählen in der Lernplattform Abzeichen für einen Kurs.
pick-title = Ein Abzeichen auswählen
pick-lead-one = Wählen Sie das Abzeichen, das diese Aktivität anbieten soll.
pick-lead-several = Wählen Sie eines oder mehrere Abzeichen; aus jedem wird eine Aktivität Ihres Kurses.
pick-search = Nach Namen suchen
pick-search-go = Suchen
pick-found = { $count ->
    [one] { $count } Abzeichen
   *[other] { $count } Abzeichen
}
pick-page = Seite { $page } von { $pages }
pick-pages = Seiten mit Abzeichen
pick-page-before = Vorige Seite
pick-page-after = Nächste Seite
pick-none = Es gibt noch kein Abzeichen, das Sie einsetzen dürfen
pick-none-next = Wer Laurel an Ihrer Einrichtung betreut, legt Abzeichen an und bestimmt, wer sie einsetzen darf. Unten können Sie eines beginnen.
pick-none-found = Kein Abzeichen heißt so
pick-choose-one = Ein Abzeichen wählen
pick-choose-several = Abzeichen wählen
pick-elsewhere = Schon gewählt
pick-here = Auf dieser Seite
pick-continue = Weiter
pick-cancel = Abbrechen
pick-refused = Hier gibt es nichts, was diese Stelle aufnehmen kann
pick-refused-next = Ihre Lernplattform nimmt an dieser Stelle keine Aktivitäten von Werkzeugen an. Gehen Sie zurück und fügen Sie dieses Werkzeug stattdessen als Aktivität des Kurses hinzu.
pick-draft = Ein neues Abzeichen beginnen
pick-draft-means = Mit einem Entwurf wird nichts verliehen, bis ihn die Menschen freigegeben haben, die Laurel an Ihrer Einrichtung betreuen.
pick-draft-name = Name des Abzeichens
pick-draft-description = Was sagt es über die Person, die es hat?
pick-draft-begin = Diesen Entwurf beginnen
pick-link-this = diese Aktivität
pick-link-any = irgendeine Aktivität dieses Werkzeugs im Kurs
pick-slot-link = Welche Aktivität muss geöffnet werden?
pick-slot-least-percent = Mindestens so viel Prozent
pick-slot-least-points = Mindestens so viele Punkte
pick-slot-most-percent = Höchstens so viel Prozent
pick-slot-most-points = Höchstens so viele Punkte
pick-slot-needed = Wie viele der Teile sind nötig?
pick-problem-nothing = Wählen Sie zuerst ein Abzeichen.
pick-problem-many = Wählen Sie höchstens fünfzig Abzeichen auf einmal.
pick-problem-maximum = Die Punkte einer Spalte sind eine ganze Zahl von 1 bis 100.
pick-problem-dates = Diese Termine passen nicht zusammen: Geben Sie Tag und Uhrzeit an, und lassen Sie die Aktivität vor der Abgabe öffnen.
pick-problem-drafts = Setzen Sie zuerst diese Entwürfe ein, dann können Sie weitere beginnen.
pick-problem-no-issuer = Hier verleiht noch niemand Abzeichen. Bitte wenden Sie sich an die Menschen, die Laurel betreuen.
pick-problem-issuer = Wählen Sie, wer das Abzeichen verleihen soll.
pick-problem-looser = Die Regel lässt sich hier strenger machen, aber nicht leichter.
pick-problem-number = Bitte geben Sie eine Zahl an.
pick-problem-text = Bitte geben Sie einen Namen mit höchstens 200 Zeichen und eine Beschreibung mit höchstens 2000 an.
pick-problem-other = Etwas in diesem Formular passt nicht. Bitte sehen Sie es noch einmal durch.

settle-title = Bevor es in Ihren Kurs kommt
settle-lead = Sehen Sie sich die Regel jedes Abzeichens an. Ändern müssen Sie hier nichts.
settle-stricter = Die Regel strenger machen
settle-column = Notenbuch
settle-column-wanted = Eine Spalte im Notenbuch anlegen
settle-column-maximum = Punkte der Spalte (1 bis 100)
settle-column-means = Wer das Abzeichen erhält, bekommt dort die volle Punktzahl. Niemand sonst bekommt eine Zahl.
settle-dates = Termine
settle-opens = Lernende dürfen es öffnen ab (UTC)
settle-due = Abgabe bis (UTC)
settle-dates-mean = Ihre Lernplattform zeigt diese Termine und achtet auf sie. Was die Regel des Abzeichens über Termine sagt, gilt daneben.
settle-place = In den Kurs einsetzen
settle-back = Zurück zur Auswahl

instructor-decide = Dieses Abzeichen wartet auf Sie
instructor-decide-copy = Es kam mit, als dieser Kurs kopiert wurde. Nichts wird verliehen, bevor Sie es bestätigen; was im alten Kurs verliehen wurde, bleibt dort.
instructor-decide-operator = Nur wer Laurel an Ihrer Einrichtung betreut, kann es in Kraft setzen.
instructor-decide-link = Die Regel nennt „{ $title }“ aus dem alten Kurs. Welche Aktivität dieses Kurses steht dafür?
instructor-decide-choose = Bitte wählen
instructor-decide-no-link = Hier ist noch keine Aktivität dieses Kurses bekannt. Öffnen Sie die kopierte Aktivität einmal und kommen Sie dann auf diese Seite zurück.
instructor-decide-confirm = In Kraft setzen
instructor-decide-discard = Verwerfen

error-answered-what = Diese Auswahl wurde schon an Ihre Lernplattform geschickt.
error-answered-next = Gehen Sie zurück in Ihren Kurs. Um weitere Abzeichen hinzuzufügen, öffnen Sie die Auswahl dort noch einmal.
error-strange-what = Diese Aktivität wurde nicht für diesen Kurs angelegt, deshalb gehört hier kein Abzeichen zu ihr.
error-strange-next = Löschen Sie die Aktivität, fügen Sie dieses Werkzeug neu hinzu und wählen Sie das Abzeichen noch einmal.
