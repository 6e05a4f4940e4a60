# Wörter der Seiten, die nicht in den anderen Dateien stehen.
skip-to-content = Zum Inhalt springen
opens-new-window = öffnet ein neues Fenster
date-minute = { $date }, { $time } Uhr UTC
label-kind = Art
label-version = Fassung
label-evidence = Belege
label-earned = Wie es erworben wurde
label-alignments = Entspricht

error-next-title = Was Sie tun können
error-other-next = Gehen Sie zurück und versuchen Sie es noch einmal. Geschieht es wieder, geben Sie bitte die Kennung unten weiter.
error-help-title = Hilfe
error-detail-title = Für die Person, die dieses Werkzeug betreut
error-detail-help = Mit diesen Angaben lässt es sich in Ordnung bringen.

learner-open = Noch nicht erledigt
learner-none-help = Sobald Ihre Lehrperson ein Abzeichen in diesen Kurs stellt, erscheint es hier mit allem, was dafür nötig ist.
learner-claim-link = Abzeichen ansehen und behalten
learner-scheduled = Sie haben es erworben; verliehen wird es am { $date }.
learner-scheduled-later = Sie haben es erworben; verliehen wird es später.
learner-expired = Dieses Abzeichen ist abgelaufen.
learner-test = Sie sind als Testperson oder im Namen einer anderen Person hier; deshalb wird Ihnen kein Abzeichen verliehen.
learner-visitor = Sie haben in diesem Kurs keine Rolle; deshalb wird Ihnen hier kein Abzeichen verliehen. Diese Abzeichen lassen sich erwerben.
learner-no-course = Sie kamen nicht aus einem Kurs hierher. Öffnen Sie die Aktivität in Ihrem Kurs, um seine Abzeichen zu sehen.

instructor-none-next = Abzeichen stellen die Menschen, die Laurel an Ihrer Einrichtung betreuen, in einen Kurs, oder ein Programm tut es über die API. Sagen Sie ihnen, welches Abzeichen Sie wünschen und was die Lernenden dafür tun sollen.
instructor-none-id = Sie werden nach der Kennung dieses Kurses fragen:
instructor-draft-means = Die Lernenden sehen es noch nicht, und es wird nichts verliehen.
instructor-live-means = Wer die Regel erfüllt, erhält das Abzeichen von selbst.
instructor-ended-means = Es wird nichts mehr verliehen. Schon verliehene Abzeichen bleiben gültig.
instructor-rule-parts = Die Regel Schritt für Schritt zeigen
instructor-counts = Bisher
instructor-count-awarded = verliehen
instructor-count-waiting = ohne Adresse
instructor-count-expired = abgelaufen
instructor-count-revoked = widerrufen
instructor-sources = Nach der Regel: { $automatic }, von Hand: { $manual }, von anderswo übernommen: { $imported }.
instructor-waiting-means = Für die Wartenden gibt die Lernplattform keine E-Mail-Adresse weiter. Sobald sie es tut, erhalten sie ihr Abzeichen.

claim-kicker = Ihr Abzeichen
claim-share-title = Anderen zeigen
claim-use-title = Mitnehmen
claim-use-backpack = Backpack oder Portfolio: Laden Sie dort das heruntergeladene Bild hoch. Verwenden Sie die E-Mail-Adresse, an die Ihr Abzeichen ging, damit es als Ihres erkannt wird.
claim-use-wallet = Wallet für digitale Nachweise: Importieren Sie das signierte Dokument.
claim-use-link = Bewerbung oder Profil: Veröffentlichen Sie Ihr Abzeichen und geben Sie den Link seiner Seite an. Dort können es alle prüfen.

share-kicker = Open Badge
share-criteria-link = Alles über dieses Abzeichen
share-whose-title = Wessen Abzeichen ist das?
share-whose = Diese Seite nennt niemanden. Das Abzeichen enthält nur eine unkenntlich gemachte Form der E-Mail-Adresse seiner Inhaberin oder seines Inhabers, damit sie oder er zeigen kann, dass es das eigene ist. Wer Ihnen den Link gab, kann die Adresse bestätigen.
share-machines-title = Für Programme
check-at = Geprüft am { $date }
check-again = Noch einmal prüfen

criteria-kicker = Ein Open Badge, das man erwerben kann
criteria-achievement = Beschreibung für Programme (Open Badges 3.0)
criteria-badge-class = Beschreibung für Programme (Open Badges 2.0)

home-title = Laurel: Abzeichen für das, was Menschen lernen
home-lead = Dieser Server verleiht Open Badges für das, was Menschen in ihren Kursen erreichen.
home-learner-title = Für Lernende
home-learner = Öffnen Sie in Ihrem Kurs die Aktivität mit den Abzeichen; dort sehen Sie, was Sie erworben haben und was noch fehlt. Der Link zu Ihrem Abzeichen steht in der Mail, mit der es kam.
home-checker-title = Für alle, denen ein Abzeichen gezeigt wurde
home-checker = Öffnen Sie den Link, den Sie bekommen haben. Seine Seite sagt, wofür das Abzeichen steht, und prüft, ob es echt ist.
home-builder-title = Für Programmiererinnen und Programmierer
home-builder = Alles, was Laurel tut, lässt sich auch über seine API tun.
home-docs = Dokumentation der API lesen
