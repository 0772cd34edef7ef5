# Deutsch. Gleiche Schlüssel wie in en.ftl; ein Test wacht darüber.

## Rahmen
layout-skip = Zum Inhalt springen
layout-demo = Demonstration: Diese Seiten gehören zu keiner Stadt, Mails gehen nur ins
layout-demo-mailbox = Postfach der Demonstration
layout-official = Offizielle Website – { $site }
layout-claim = Termine online
layout-platform-claim = Termine bei Städten und Gemeinden
layout-languages = Sprache
footer-label = Rechtliches und Rückmeldung
footer-imprint = Impressum
footer-privacy = Datenschutz
footer-accessibility = Barrierefreiheit
footer-feedback = Barriere melden
footer-feedback-subject = Barriere auf den Terminseiten
footer-feedback-body = Auf der Seite { $path } bin ich auf eine Barriere gestoßen:
footer-phone = Telefon
footer-platform = Amtstermin: Terminvergabe für Städte und Gemeinden
form-optional = (freiwillig)
form-error = Fehler
form-errors = { $count ->
    [one] Bitte prüfen Sie eine Angabe
   *[other] Bitte prüfen Sie { $count } Angaben
  }
legal-back = Zur Terminbuchung

## Plattform
platform-title = In welcher Stadt möchten Sie einen Termin?
platform-lead = Wählen Sie Ihre Stadt oder Gemeinde. Danach sehen Sie, was Sie dort erledigen können und wann Termine frei sind.
platform-demo = Hinter den Kulissen
platform-demo-lead = Alles, was Sie hier buchen, bleibt auf diesem Rechner. Mails werden nicht verschickt, sondern im Postfach gezeigt.
mailbox-title = Postfach der Demonstration
mailbox-lead = Diese Mails wären verschickt worden, die neueste zuerst.
mailbox-empty = Noch keine Mails. Buchen Sie einen Termin, dann liegt die Bestätigung hier.
mailbox-to = An
mailbox-at = Vom
mailbox-calendar = Kalenderdatei

## Anliegen
home-title = Was möchten Sie erledigen?
home-title-another = Was möchten Sie noch erledigen?
home-back = Zurück zu Ort und Zeit
home-chosen = Schon ausgewählt:
home-onward = Ohne weiteres Anliegen weiter
home-another-note = Sie sehen nur Anliegen, die sich im selben Termin erledigen lassen.
home-search = Anliegen suchen
home-search-button = Suchen
home-found = { $count ->
    [0] Nichts gefunden
    [one] 1 Anliegen gefunden
   *[other] { $count } Anliegen gefunden
  }
home-minutes = { $count ->
    [one] etwa 1 Minute
   *[other] etwa { $count } Minuten
  }
home-request = Terminwunsch: wir antworten Ihnen
home-information = Information, kein Termin nötig
home-about = Worum geht es?
home-more = Alle Informationen
home-nothing = Dazu haben wir nichts gefunden. Versuchen Sie ein anderes Wort, oder rufen Sie uns an.
concern-back = Alle Anliegen
concern-book = Termin wählen
concern-request = Termin anfragen
concern-duration = Dauer
concern-minutes = { $count ->
    [one] Etwa 1 Minute.
   *[other] Etwa { $count } Minuten.
  }
concern-extra = { $count ->
    [one] Für jede weitere Person oder Sache etwa 1 Minute mehr.
   *[other] Für jede weitere Person oder Sache etwa { $count } Minuten mehr.
  }
prepare-documents = Das bringen Sie mit
prepare-fees = Gebühren
prepare-free = gebührenfrei
prepare-forms = Formulare
prepare-form-office = erhalten Sie im Amt

## Ort und Zeit
times-step = Schritt 2 von 4: Ort und Zeit
times-title = Wann passt es Ihnen?
times-back = Zurück zu den Anliegen
times-basket = Ihr Anliegen
times-quantity = Anzahl
times-remove = Entfernen
times-update = Aktualisieren
times-another = Weiteres Anliegen hinzufügen
times-place = Wo möchten Sie hinkommen?
times-place-any = An jedem Standort
times-place-button = Übernehmen
times-opens = Termine gibt es ab { $date }.
times-proposal = Frühester freier Termin
times-proposal-button = Diesen Termin nehmen
times-previous = Voriger Monat
times-next = Nächster Monat
times-free-count = { $count ->
    [0] kein freier Termin
    [one] 1 freier Termin
   *[other] { $count } freie Termine
  }
times-legend = Unter jedem buchbaren Tag steht die Zahl der freien Termine.
times-month-empty = In diesem Monat ist nichts mehr frei.
times-next-free = Nächster freier Termin: { $date }
times-morning = Vormittag
times-afternoon = Nachmittag
times-clock = Uhr
times-none = Zurzeit ist kein Termin frei
times-none-advice = Schauen Sie bitte später noch einmal nach: Abgesagte Termine werden wieder frei. In dringenden Fällen rufen Sie uns an.
times-taken = Dieser Termin wurde gerade vergeben
times-taken-near = Diese Termine liegen am nächsten und sind noch frei:
times-taken-none = In der Nähe ist nichts mehr frei. Bitte wählen Sie eine andere Zeit.
chosen-title = Ihr Termin
chosen-when = Wann
chosen-where = Wo
chosen-what = Anliegen
chosen-minutes = { $count ->
    [one] dauert etwa 1 Minute
   *[other] dauert etwa { $count } Minuten
  }
chosen-change = Termin ändern

## Kontaktdaten
details-step = Schritt 3 von 4: Kontaktdaten
details-title = Ihre Kontaktdaten
details-back = Zurück zu Ort und Zeit
details-held = Der Termin ist bis { $time } für Sie reserviert.
details-not-held = Der Termin ist gerade nicht für Sie reserviert. Solange er frei ist, können Sie ihn trotzdem buchen.
details-onward = Weiter zur Prüfung
contact-name = Vor- und Nachname
contact-name-missing = Geben Sie Ihren Namen an.
contact-name-long = Der Name ist zu lang: höchstens { $max } Zeichen.
contact-name-malformed = Der Name enthält Zeichen, die wir nicht annehmen können, etwa Zeilenumbrüche.
contact-email = E-Mail-Adresse
contact-email-hint = Dorthin schicken wir die Bestätigung, zum Beispiel erika@example.org.
contact-email-missing = Geben Sie Ihre E-Mail-Adresse an.
contact-email-malformed = Prüfen Sie die E-Mail-Adresse: Sie sieht aus wie erika@example.org.
contact-phone = Telefonnummer
contact-phone-hint = Nur für Rückfragen zu diesem Termin.
contact-phone-missing = Geben Sie eine Telefonnummer an.
contact-phone-malformed = Prüfen Sie die Telefonnummer: nur Ziffern, Leerzeichen und + ( ) / - .
contact-purpose = Wir verwenden Ihre Angaben nur für diesen Termin, speichern sie verschlüsselt und löschen sie danach.

## Prüfen und buchen
check-step = Schritt 4 von 4: Prüfen und buchen
check-title = Stimmt alles?
check-lead = Erst mit dem letzten Knopf ist der Termin verbindlich gebucht.
check-change = Angaben ändern
check-book = Termin verbindlich buchen
booked-title = Ihr Termin steht fest
booked-mail = Die Bestätigung ist unterwegs an { $email }.
booked-cancelled = Dieser Termin ist abgesagt
booked-cancelled-lead = Sie brauchen nicht zu kommen. Wenn Sie einen neuen Termin möchten, buchen Sie ihn bitte neu.
booked-entrance = Zugang
booked-rules = Bitte beachten
booked-code = Terminnummer
booked-calendar = In den Kalender
booked-home = Weiteren Termin buchen

## Eigener Termin
booked-move = Verschieben oder Anzahl ändern
booked-cancel = Absagen
booked-data = Gespeicherte Daten herunterladen
move-title = Wann passt es Ihnen besser?
move-lead = Ihr bisheriger Termin bleibt bestehen, bis Sie den neuen bestätigt haben.
move-back = Zurück zu Ihrem Termin
move-check-title = Termin verschieben?
move-check-lead = Erst mit dem Knopf gilt der neue Termin; der alte wird dann frei.
move-old = Bisher
move-new = Neu
move-button = Termin verbindlich ändern
move-keep = Alles lassen, wie es ist
move-done = Ihr Termin ist geändert
cancel-title = Möchten Sie diesen Termin absagen?
cancel-lead = Der Platz wird wieder für andere frei. Rückgängig machen lässt sich das nicht.
cancel-button = Termin absagen
cancel-keep = Termin behalten

## Terminwunsch
request-step = Schritt 2 von 3: Wunschtermine und Kontaktdaten
request-title = Wann würde es Ihnen passen?
request-lead = Nennen Sie uns bis zu drei Zeiten, die beste zuerst. Wir prüfen, was möglich ist, und antworten Ihnen per E-Mail.
request-wish = { $number }. Wunsch
request-date = Datum
request-from = frühestens
request-to = spätestens
request-date-missing = Geben Sie mindestens ein Datum an.
request-date-range = Wählen Sie ein Datum von heute bis { $last }.
request-time-malformed = Geben Sie die Zeit als Stunde und Minute an, zum Beispiel 08:30.
request-time-order = Das Ende muss nach dem Anfang liegen.
request-check-step = Schritt 3 von 3: Prüfen und absenden
request-check-title = Stimmt alles?
request-check-lead = Das ist noch kein Termin: Wir antworten Ihnen per E-Mail.
request-send = Terminwunsch absenden
requested-title = Ihr Terminwunsch ist angekommen
requested-lead = Das ist noch kein Termin. Wir prüfen Ihre Wünsche und antworten Ihnen per E-Mail.
requested-proposed-title = Wir schlagen Ihnen einen Termin vor
requested-pass = Passt nicht
requested-passed = Wir melden uns mit einer anderen Antwort bei Ihnen.
requested-wishes = Ihre Wünsche
requested-accepted-title = Aus Ihrem Wunsch ist ein Termin geworden
requested-to-appointment = Ihren Termin ansehen
requested-declined-title = Leider ging keiner Ihrer Wünsche
requested-withdraw = Zurückziehen und Daten löschen
requested-withdrawn-title = Sie haben Ihren Terminwunsch zurückgezogen
requested-withdrawn = Ihre Angaben und alle E-Mails dazu sind gelöscht.
requested-missed = Dieser Vorschlag gilt nicht mehr

## Was schiefgehen kann
error-town-title = Diese Stadt finden wir nicht
error-town-advice = Vielleicht ist die Adresse unvollständig, oder die Stadt vergibt hier keine Termine. Wählen Sie Ihre Stadt aus der Liste.
error-towns = Städte und Gemeinden
error-page-title = Diese Seite gibt es nicht
error-page-advice = Vielleicht ist die Adresse unvollständig oder veraltet. Von der Übersicht aus finden Sie alles wieder.
error-service-title = Dieses Anliegen finden wir nicht
error-service-advice = Vielleicht ist der Link veraltet. In der Übersicht sehen Sie alle Anliegen und können nach Ihrem Wort suchen.
error-location-title = Diesen Standort finden wir nicht
error-location-advice = Vielleicht ist der Link veraltet. Wählen Sie Ihr Anliegen noch einmal, dann sehen Sie alle Standorte.
error-language-title = In dieser Sprache gibt es die Seite nicht
error-language-advice = Wählen Sie oben auf der Seite eine der angebotenen Sprachen.
error-basket-title = So viele Anliegen passen nicht in einen Termin
error-basket-advice = Wählen Sie mindestens ein und höchstens zehn Anliegen.
error-quantity-title = Diese Anzahl passt nicht in einen Termin
error-quantity-advice = Wählen Sie weniger Personen oder rufen Sie uns an.
error-mode-title = Diese Anliegen lassen sich nicht zusammen buchen
error-mode-advice = Eines davon wird auf einem anderen Weg vergeben. Wählen Sie die Anliegen bitte einzeln.
error-taken-title = Dieser Termin wurde gerade vergeben
error-taken-advice = Bitte wählen Sie eine andere Zeit.
error-offered-title = Zu dieser Zeit gibt es keinen Termin
error-offered-advice = Die Zeit ist vorbei, zu kurzfristig oder noch nicht freigegeben. Wählen Sie Ihr Anliegen noch einmal, dann sehen Sie alle freien Zeiten.
error-limit-title = Mehr ist hier nicht auf einmal möglich
error-limit-advice = Für diese Adresse oder Nummer gibt es schon so viele Termine oder Anfragen, wie wir online annehmen. Sagen Sie ab, was Sie nicht brauchen, oder rufen Sie uns an: Am Telefon geht mehr.
error-last-admin-title = Die Stadt bliebe ohne Verwaltung
error-last-admin-advice = Geben Sie zuerst jemand anderem die Rolle Verwaltung.
error-forbidden-title = Das darf Ihre Rolle hier nicht
error-forbidden-advice = Wenn Sie es für Ihre Arbeit brauchen, bitten Sie die Verwaltung der Stadt um eine andere Rolle.
error-forged-title = Dieses Formular kam nicht von unserer Seite
error-forged-advice = Eine andere Website hat versucht, es in Ihrem Namen abzuschicken. Es ist nichts geschehen. Wenn Sie es selbst waren, öffnen Sie die Seite neu und füllen Sie das Formular dort aus.
error-unreadable-title = Dieses Formular konnten wir nicht lesen
error-unreadable-advice = Es kam unvollständig an oder ist zu groß. Es ist nichts geschehen: Gehen Sie einen Schritt zurück, und schicken Sie es noch einmal ab.
error-set-up-title = Das geht so nicht
error-set-up-advice = Was Sie eingegeben haben, verletzt eine Regel der Einrichtung. Gehen Sie zurück und sehen Sie Ihre Angaben durch.
error-outdated-title = Jemand anders hat das inzwischen geändert
error-outdated-advice = Gespeichert ist nichts. Laden Sie die Seite neu, und sehen Sie nach, was jetzt gilt.
error-name-title = Der Name ist schon vergeben
error-name-advice = Die Adresse oder ein Rechnername gehört schon einer anderen Stadt. Wählen Sie einen anderen.
error-status-title = Dieser Schritt geht hier nicht
error-status-advice = Der Termin ist schon abgesagt oder vorbei.
error-early-title = Dafür ist es noch zu früh
error-early-advice = Dass jemand da ist, lässt sich ab dem Tag des Termins vermerken, dass jemand nicht erschienen ist, ab seinem Beginn.
error-range-title = Dieser Zeitraum ist zu lang
error-range-advice = Wählen Sie Ihr Anliegen noch einmal, dann sehen Sie alle freien Zeiten.
error-contact-title = Ihre Kontaktdaten sind unvollständig
error-contact-advice = Gehen Sie einen Schritt zurück und prüfen Sie Ihre Angaben.
error-too-long-title = Dieser Text ist zu lang
error-too-long-advice = Gehen Sie einen Schritt zurück und kürzen Sie ihn.
error-wishes-title = Diese Wünsche können wir nicht annehmen
error-wishes-advice = Nennen Sie eine bis drei Zeiten, die in der Zukunft liegen.
error-repeat-title = Diese Buchung wurde schon einmal abgeschickt
error-repeat-advice = Sehen Sie in Ihr Postfach: Die Bestätigung ist vielleicht schon da. Sonst wählen Sie bitte eine neue Zeit.
error-appointment-title = Diesen Termin finden wir nicht
error-appointment-advice = Vielleicht ist der Link unvollständig, oder der Termin liegt schon länger zurück.
proof-plain = Damit keine Programme Termine abgreifen, löst Ihr Gerät vor dem Buchen eine kleine Rechenaufgabe. Dafür braucht es JavaScript. Sie können auch ohne buchen: Dann ist die Zeit nicht vorab für Sie reserviert, und Sie bestätigen den Termin innerhalb von { $minutes } Minuten mit einem Link, den wir Ihnen per E-Mail schicken.
proof-working = Ihr Gerät löst gerade eine kleine Rechenaufgabe, damit keine Programme Termine abgreifen. Sie müssen nichts tun.
proof-waiting = Einen Moment noch: Es geht gleich von selbst weiter.
proof-ready = Die kleine Rechenaufgabe gegen Programme ist gelöst. Sie können weitermachen.
proof-refused = Noch nicht gebucht
proof-again = Die Rechenaufgabe, die Ihr Gerät gelöst hat, gilt nicht mehr. Es löst jetzt eine neue. Bitte buchen Sie noch einmal.
proof-needed = Gerade warten schon viele Buchungen darauf, per E-Mail bestätigt zu werden. Bitte schalten Sie JavaScript ein, versuchen Sie es in einigen Minuten noch einmal oder rufen Sie uns an.
error-challenge-title = Noch nicht gebucht
error-challenge-advice = Ihr Gerät muss zuerst eine kleine Rechenaufgabe lösen. Bitte gehen Sie zurück und versuchen Sie es noch einmal.
error-busy-title = Gerade ist viel los
error-busy-advice = Bitte laden Sie die Seite in einigen Sekunden noch einmal. Wenn Sie eben etwas abgeschickt haben, schicken Sie es ruhig noch einmal ab: Doppelt gebucht wird dabei nichts.
later-title = Das waren sehr viele auf einmal
later-advice = { $minutes ->
    [one] Von Ihrem Internetanschluss kam in kurzer Zeit sehr viel hintereinander. Bitte warten Sie eine Minute und versuchen Sie es dann noch einmal.
   *[other] Von Ihrem Internetanschluss kam in kurzer Zeit sehr viel hintereinander. Bitte warten Sie { $minutes } Minuten und versuchen Sie es dann noch einmal.
  }
later-kept = Lassen Sie diese Seite so lange offen: Ihre Angaben sind noch da und werden mit dem Knopf noch einmal geschickt.
later-again = Noch einmal versuchen
error-fault-title = Bei uns ist etwas schiefgegangen
error-fault-advice = Das liegt nicht an Ihnen. Bitte versuchen Sie es in einigen Minuten noch einmal.
error-trace = Wenn Sie uns davon berichten, nennen Sie bitte dieses Kennzeichen:
error-home = Zu allen Anliegen
error-platform = Zu allen Städten
error-call = Oder rufen Sie uns an:

# Waiting list
times-wait-lead = Nichts dabei?
times-wait = Auf die Warteliste setzen lassen
waiting-back = Zurück zu den Zeiten
waiting-join-title = Auf die Warteliste
waiting-join-lead = Sagen Sie uns, wann es Ihnen passt. Wird ein Termin frei, halten wir ihn für Sie fest und schreiben Ihnen. Sie haben dann { $hours ->
    [one] bis zu einer Stunde
   *[other] bis zu { $hours } Stunden
  } Zeit.
waiting-places = Standorte
waiting-places-hint = Keiner angekreuzt: alle passen.
waiting-proof-plain = Damit keine Programme Termine abgreifen, löst Ihr Gerät vorher eine kleine Rechenaufgabe. Dafür braucht es JavaScript. Es geht auch ohne: Dann bestätigen Sie einen Termin, den Sie von der Warteliste nehmen, innerhalb von { $minutes } Minuten mit einem Link, den wir Ihnen per E-Mail schicken.
waiting-proof-refused = Noch nicht auf der Warteliste
waiting-proof-again = Die Rechenaufgabe, die Ihr Gerät gelöst hat, gilt nicht mehr. Es löst jetzt eine neue. Bitte schicken Sie das Formular noch einmal ab.
waiting-proof-needed = Gerade sind schon viele ohne die kleine Rechenaufgabe gekommen. Bitte schalten Sie JavaScript ein, versuchen Sie es in einigen Minuten noch einmal oder rufen Sie uns an.
waiting-times = Beginn
waiting-first = Frühester Tag
waiting-last = Spätester Tag
waiting-days = Wochentage
waiting-days-hint = Keiner angekreuzt: alle passen.
waiting-from = Frühestens um (leer: egal)
waiting-to = Spätestens um (leer: egal)
waiting-date-missing = Geben Sie den frühesten Tag an.
waiting-date-order = Der späteste Tag liegt nicht vor heute und nicht vor dem frühesten.
waiting-moves = Wenn Sie den neuen Termin nehmen, geben Sie den bisherigen damit zurück.
waiting-join = Auf die Warteliste setzen
waiting-title = Sie stehen auf der Warteliste
waiting-lead = Sobald ein Termin frei wird, der zu Ihrem Wunsch passt, halten wir ihn für Sie fest und schreiben Ihnen.
waiting-code = Vorgangsnummer
waiting-between = Zeitraum
waiting-offered-title = Dieser Termin ist frei geworden
waiting-kept = Wir halten ihn für Sie fest bis { $until }.
waiting-take = Diesen Termin nehmen
waiting-pass = Passt nicht, weiter warten
waiting-leave = Von der Warteliste streichen
waiting-taken-title = Sie haben den Termin genommen
waiting-left-title = Sie stehen nicht mehr auf der Warteliste
waiting-ended-title = Die Zeit Ihres Wunsches ist vorbei
waiting-over = Ihre Angaben für die Warteliste sind gelöscht.
waiting-unreachable = Unsere E-Mails kommen bei Ihnen nicht an
waiting-unreachable-advice = So können wir Ihnen keinen Termin anbieten. Streichen Sie diesen Wunsch und setzen Sie sich mit einer anderen E-Mail-Adresse neu auf die Warteliste.
waiting-missed = Dieser Termin ist leider nicht mehr frei
waiting-missed-advice = Sie bleiben auf der Warteliste; beim nächsten schreiben wir Ihnen wieder.
unconfirmed-title = Bitte bestätigen Sie Ihre E-Mail-Adresse
unconfirmed-mail = Wir haben einen Link an { $email } geschickt. Öffnen Sie ihn und bestätigen Sie den Termin; erst dann steht er fest.
unconfirmed-until = Wir halten den Platz frei bis { $until }.
confirm-title = Termin bestätigen
confirm-lead = Noch ein Schritt, dann steht Ihr Termin fest. Er ist für Sie vorgemerkt bis { $until }.
confirm-button = Termin bestätigen
confirm-late-title = Dieser Termin ist nicht mehr vorgemerkt
confirm-late-lead = Die Zeit zum Bestätigen ist vorbei, oder der Termin wurde abgesagt. Der Platz ist wieder frei für andere.
confirm-again = Neuen Termin buchen
overview-title = Meine Termine
overview-lead = Geben Sie die E-Mail-Adresse an, mit der Sie gebucht haben. Wir schicken Ihnen einen Link zu allen Ihren Terminen hier.
overview-email-hint = Der Link gilt 30 Minuten.
overview-button = Link schicken
overview-sent-title = Sehen Sie in Ihre E-Mails
overview-sent = Wenn unter { $email } Termine gebucht sind, ist der Link jetzt unterwegs.
overview-often = Das waren viele Versuche. Warten Sie bitte einige Minuten, bevor Sie noch einmal einen Link anfordern.
overview-old = Dieser Link gilt nicht mehr. Fordern Sie bitte einen neuen an.
overview-open-lead = Hier sehen Sie alle Termine, die unter Ihrer E-Mail-Adresse gebucht sind.
overview-open = Termine anzeigen
overview-none = Unter Ihrer Adresse ist kein künftiger Termin gebucht.
booked-stop-sms = Keine SMS mehr schicken
booked-erase = Meine Daten löschen
erase-title = Möchten Sie Ihre Daten löschen?
erase-lead = Name, Adressen und alle E-Mails zu diesem Termin werden gelöscht. Rückgängig machen lässt sich das nicht.
erase-lead-stands = Name, Adressen und alle E-Mails zu diesem Termin werden gelöscht. Der Termin ist damit abgesagt; eine E-Mail dazu bekommen Sie nicht mehr. Rückgängig machen lässt sich das nicht.
erase-button = Daten löschen
erase-button-stands = Termin absagen und Daten löschen
erase-keep = Alles lassen, wie es ist
erase-done-title = Ihre Daten sind gelöscht
erase-done-lead = Zu diesem Termin ist nichts mehr gespeichert, was Sie betrifft.
erase-home = Neuen Termin buchen
contact-sms = Ich möchte an diese Nummer auch SMS zu meinem Termin bekommen
check-sms = auch per SMS

provided-button = Angaben aus { $provider } übernehmen
provided-filled = Name und E-Mail-Adresse sind übernommen. Bitte prüfen Sie sie.
provided-empty = Dort sind weder Name noch E-Mail-Adresse hinterlegt. Bitte füllen Sie das Formular selbst aus.
provided-refused = Es wurde nichts übernommen. Sie können das Formular selbst ausfüllen.
provided-failed = Das geht gerade nicht. Bitte füllen Sie das Formular selbst aus.
leaving-title = Weiter zu { $provider }
leaving-lead = Sie verlassen jetzt diese Seiten und melden sich bei { $provider } an. Danach kommen Sie hierher zurück. Übernommen werden Name und E-Mail-Adresse; gespeichert wird nur, was Sie danach selbst abschicken.
error-returned-title = Diese Antwort gilt nicht mehr
error-returned-advice = Sie wurde schon benutzt, kam zu spät oder gehört zu einem anderen Fenster. Fangen Sie mit der Buchung noch einmal an; Sie können Ihre Angaben auch selbst eintragen.
