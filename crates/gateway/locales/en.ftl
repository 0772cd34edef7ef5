# English. The same keys as in de.ftl; a test watches over it.

## Frame
layout-skip = Skip to content
layout-demo = Demonstration: these pages belong to no town, mails go only to the
layout-demo-mailbox = demonstration's mailbox
layout-official = Official website – { $site }
layout-claim = Appointments online
layout-platform-claim = Appointments at towns and cities
layout-languages = Language
footer-label = Legal matters and feedback
footer-imprint = Imprint
footer-privacy = Privacy
footer-accessibility = Accessibility
footer-feedback = Report a barrier
footer-feedback-subject = Barrier on the appointment pages
footer-feedback-body = On the page { $path } I met a barrier:
footer-phone = Telephone
footer-platform = Amtstermin: appointments for towns and cities
form-optional = (optional)
form-error = Error
form-errors = { $count ->
    [one] Please check one entry
   *[other] Please check { $count } entries
  }
legal-back = To the appointments

## Platform
platform-title = In which town would you like an appointment?
platform-lead = Choose your town. You then see what you can do there and when appointments are free.
platform-demo = Behind the scenes
platform-demo-lead = Everything you book here stays on this machine. Mails are not sent but shown in the mailbox.
mailbox-title = The demonstration's mailbox
mailbox-lead = These mails would have been sent, the newest first.
mailbox-empty = No mails yet. Book an appointment, and the confirmation will be here.
mailbox-to = To
mailbox-at = Of
mailbox-calendar = Calendar file

## Concerns
home-title = What would you like to get done?
home-title-another = What else would you like to get done?
home-back = Back to place and time
home-chosen = Already chosen:
home-onward = Continue without another concern
home-another-note = You only see concerns that can be dealt with in the same appointment.
home-search = Search concerns
home-search-button = Search
home-found = { $count ->
    [0] Nothing found
    [one] 1 concern found
   *[other] { $count } concerns found
  }
home-minutes = { $count ->
    [one] about 1 minute
   *[other] about { $count } minutes
  }
home-request = By request: we will answer you
home-information = Information, no appointment needed
home-about = What is it about?
home-more = All information
home-nothing = We found nothing for this. Try another word, or give us a call.
concern-back = All concerns
concern-book = Choose an appointment
concern-request = Request an appointment
concern-duration = Duration
concern-minutes = { $count ->
    [one] About 1 minute.
   *[other] About { $count } minutes.
  }
concern-extra = { $count ->
    [one] About 1 minute more for each further person or item.
   *[other] About { $count } minutes more for each further person or item.
  }
prepare-documents = What to bring
prepare-fees = Fees
prepare-free = free of charge
prepare-forms = Forms
prepare-form-office = available at the office

## Place and time
times-step = Step 2 of 4: place and time
times-title = When would suit you?
times-back = Back to the concerns
times-basket = Your concern
times-quantity = Quantity
times-remove = Remove
times-update = Update
times-another = Add another concern
times-place = Where would you like to come?
times-place-any = Any location
times-place-button = Apply
times-opens = Appointments are available from { $date }.
times-proposal = Earliest free appointment
times-proposal-button = Take this appointment
times-previous = Previous month
times-next = Next month
times-free-count = { $count ->
    [0] no free appointment
    [one] 1 free appointment
   *[other] { $count } free appointments
  }
times-legend = Below each day that can be booked is the number of free appointments.
times-month-empty = Nothing is free in this month.
times-next-free = Next free appointment: { $date }
times-morning = Morning
times-afternoon = Afternoon
times-clock = o’clock
times-none = No appointment is free at the moment
times-none-advice = Please look again later: cancelled appointments become free again. In urgent cases give us a call.
times-taken = This appointment has just been taken
times-taken-near = These are the nearest that are still free:
times-taken-none = Nothing is free nearby. Please choose another time.
chosen-title = Your appointment
chosen-when = When
chosen-where = Where
chosen-what = Concern
chosen-minutes = { $count ->
    [one] takes about 1 minute
   *[other] takes about { $count } minutes
  }
chosen-change = Change the appointment

## Contact data
details-step = Step 3 of 4: contact data
details-title = Your contact data
details-back = Back to place and time
details-held = The appointment is reserved for you until { $time }.
details-not-held = The appointment is not reserved for you at the moment. You can still book it as long as it is free.
details-onward = Continue to the check
contact-name = First and last name
contact-name-missing = Enter your name.
contact-name-long = The name is too long: { $max } characters at most.
contact-name-malformed = The name holds characters we cannot accept, such as line breaks.
contact-email = E-mail address
contact-email-hint = We send the confirmation there, for example erika@example.org.
contact-email-missing = Enter your e-mail address.
contact-email-malformed = Check the e-mail address: it looks like erika@example.org.
contact-phone = Telephone number
contact-phone-hint = Only for questions about this appointment.
contact-phone-missing = Enter a telephone number.
contact-phone-malformed = Check the telephone number: only digits, spaces and + ( ) / - .
contact-purpose = We use your data for this appointment only, keep them encrypted and delete them afterwards.

## Checking and booking
check-step = Step 4 of 4: check and book
check-title = Is everything right?
check-lead = Only the last button books the appointment firmly.
check-change = Change your data
check-book = Book the appointment firmly
booked-title = Your appointment is booked
booked-mail = The confirmation is on its way to { $email }.
booked-cancelled = This appointment is cancelled
booked-cancelled-lead = You do not need to come. If you would like a new appointment, please book again.
booked-entrance = Entrance
booked-rules = Please note
booked-code = Appointment number
booked-calendar = Add to calendar
booked-home = Book another appointment

## One's own appointment
booked-move = Move or change quantity
booked-cancel = Cancel
booked-data = Download stored data
move-title = When would suit you better?
move-lead = Your present appointment stands until you have confirmed the new one.
move-back = Back to your appointment
move-check-title = Move the appointment?
move-check-lead = The new time counts only once you press the button; the old one becomes free then.
move-old = So far
move-new = New
move-button = Change the appointment
move-keep = Leave it as it is
move-done = Your appointment has been changed
cancel-title = Would you like to cancel this appointment?
cancel-lead = Others can have the place then. This cannot be undone.
cancel-button = Cancel appointment
cancel-keep = Keep appointment

## Request
request-step = Step 2 of 3: preferred times and contact data
request-title = When would suit you?
request-lead = Tell us up to three times, the best first. We check what is possible and answer by e-mail.
request-wish = Wish { $number }
request-date = Date
request-from = not before
request-to = not after
request-date-missing = Enter at least one date.
request-date-range = Choose a date from today to { $last }.
request-time-malformed = Enter the time as hour and minute, for example 08:30.
request-time-order = The end must be after the start.
request-check-step = Step 3 of 3: check and send
request-check-title = Is everything right?
request-check-lead = This is not an appointment yet: we answer by e-mail.
request-send = Send the request
requested-title = We have received your request
requested-lead = This is not an appointment yet. We check your wishes and answer by e-mail.
requested-proposed-title = We propose an appointment
requested-pass = Does not suit
requested-passed = We will write to you with another answer.
requested-wishes = What you asked for
requested-accepted-title = Your request has become an appointment
requested-to-appointment = See your appointment
requested-declined-title = Unfortunately none of your wishes could be met
requested-withdraw = Withdraw and delete my data
requested-withdrawn-title = You have withdrawn your request
requested-withdrawn = Your data and all e-mails about it are deleted.
requested-missed = This proposal has ended

## What can go wrong
error-town-title = We cannot find this town
error-town-advice = The address may be incomplete, or the town gives no appointments here. Choose your town from the list.
error-towns = Towns and cities
error-page-title = There is no such page
error-page-advice = The address may be incomplete or out of date. You will find everything from the overview.
error-service-title = We cannot find this concern
error-service-advice = The link may be out of date. The overview shows all concerns, and you can search for your word.
error-location-title = We cannot find this location
error-location-advice = The link may be out of date. Choose your concern again to see all locations.
error-language-title = This page is not available in this language
error-language-advice = Choose one of the languages offered at the top of the page.
error-basket-title = So many concerns do not fit into one appointment
error-basket-advice = Choose at least one and at most ten concerns.
error-quantity-title = This quantity does not fit into one appointment
error-quantity-advice = Choose fewer people or give us a call.
error-mode-title = These concerns cannot be booked together
error-mode-advice = One of them is booked in another way. Please choose the concerns one by one.
error-taken-title = This appointment has just been taken
error-taken-advice = Please choose another time.
error-offered-title = There is no appointment at this time
error-offered-advice = The time is past, too soon or not released yet. Choose your concern again to see all free times.
error-limit-title = No more is possible here at the same time
error-limit-advice = There are already as many appointments or requests for this address or number as we take online. Cancel what you do not need, or call us: more is possible by phone.
error-last-admin-title = The town would be left without an admin
error-last-admin-advice = Give the role of admin to somebody else first.
error-forbidden-title = Your role may not do this here
error-forbidden-advice = If you need it for your work, ask the town's administration for another role.
error-forged-title = This form did not come from our site
error-forged-advice = Another website tried to send it in your name. Nothing has happened. If it was you, open the page again and fill in the form there.
error-unreadable-title = We could not read this form
error-unreadable-advice = It came incomplete or is too large. Nothing has happened: go back one step and send it again.
error-set-up-title = This cannot be done like that
error-set-up-advice = What you have entered breaks a rule of the set-up. Go back and check it.
error-outdated-title = Somebody else has changed this meanwhile
error-outdated-advice = Nothing has been saved. Reload the page and see what holds now.
error-name-title = The name is taken
error-name-advice = The address or a host name belongs to another town already. Choose another one.
error-status-title = This step is not possible here
error-status-advice = The appointment has already been cancelled or is over.
error-early-title = It is too early for that
error-early-advice = That somebody has come can be noted from the day of the appointment on, that somebody has missed it from its start on.
error-range-title = This range is too long
error-range-advice = Choose your concern again to see all free times.
error-contact-title = Your contact data are incomplete
error-contact-advice = Go back one step and check what you entered.
error-too-long-title = This text is too long
error-too-long-advice = Go back one step and shorten it.
error-wishes-title = We cannot accept these wishes
error-wishes-advice = Name one to three times in the future.
error-repeat-title = This booking was sent before
error-repeat-advice = Look into your mailbox: the confirmation may already be there. Otherwise please choose a new time.
error-appointment-title = We cannot find this appointment
error-appointment-advice = The link may be incomplete, or the appointment was long ago.
proof-plain = So that no programs grab appointments, your device solves a small computation before you book. This needs JavaScript. You can also book without it: then the time is not held for you in advance, and you confirm the appointment within { $minutes } minutes by a link that we send you by e-mail.
proof-working = Your device is solving a small computation, so that no programs grab appointments. You need not do anything.
proof-waiting = One moment: this goes on by itself.
proof-ready = The small computation against programs is solved. You can go on.
proof-refused = Not booked yet
proof-again = The computation that your device solved is no longer valid. It is solving a new one now. Please book again.
proof-needed = Many bookings are waiting to be confirmed by e-mail at the moment. Please turn JavaScript on, try again in a few minutes, or call us.
error-challenge-title = Not booked yet
error-challenge-advice = Your device has to solve a small computation first. Please go back and try again.
error-busy-title = We are busy at the moment
error-busy-advice = Please load the page again in a few seconds. If you have just sent something, feel free to send it again: nothing is booked twice.
later-title = That was very much at once
later-advice = { $minutes ->
    [one] A great deal came from your internet connection in a short time. Please wait one minute and then try again.
   *[other] A great deal came from your internet connection in a short time. Please wait { $minutes } minutes and then try again.
  }
later-kept = Keep this page open meanwhile: what you have entered is still there, and the button sends it again.
later-again = Try again
error-fault-title = Something went wrong on our side
error-fault-advice = It is not your fault. Please try again in a few minutes.
error-trace = If you tell us about it, please name this mark:
error-home = To all concerns
error-platform = To all towns
error-call = Or give us a call:

# Waiting list
times-wait-lead = Nothing suits?
times-wait = Join the waiting list
waiting-back = Back to the times
waiting-join-title = Join the waiting list
waiting-join-lead = Tell us when it suits you. If an appointment becomes free, we keep it for you and write to you. You then have { $hours ->
    [one] up to an hour
   *[other] up to { $hours } hours
  }.
waiting-places = Locations
waiting-places-hint = None chosen: all suit.
waiting-proof-plain = So that no programs grab appointments, your device solves a small computation first. This needs JavaScript. It also works without: then you confirm an appointment that you take from the waiting list within { $minutes } minutes by a link that we send you by e-mail.
waiting-proof-refused = Not on the waiting list yet
waiting-proof-again = The computation that your device solved is no longer valid. It is solving a new one now. Please send the form again.
waiting-proof-needed = Many have just come without the small computation. Please turn JavaScript on, try again in a few minutes, or call us.
waiting-times = Start
waiting-first = Earliest day
waiting-last = Latest day
waiting-days = Days of the week
waiting-days-hint = None ticked: all of them suit.
waiting-from = Not before (empty: any time)
waiting-to = Not after (empty: any time)
waiting-date-missing = Enter the earliest day.
waiting-date-order = The latest day is neither before today nor before the earliest.
waiting-moves = If you take the new appointment, you give back the one you have.
waiting-join = Join the waiting list
waiting-title = You are on the waiting list
waiting-lead = As soon as an appointment becomes free that suits your wish, we keep it for you and write to you.
waiting-code = Reference number
waiting-between = Between
waiting-offered-title = This appointment has become free
waiting-kept = We keep it for you until { $until }.
waiting-take = Take this appointment
waiting-pass = Does not suit, wait on
waiting-leave = Leave the waiting list
waiting-taken-title = You have taken the appointment
waiting-left-title = You are no longer on the waiting list
waiting-ended-title = The time of your wish is over
waiting-over = What you told us for the waiting list is deleted.
waiting-unreachable = Our e-mails do not reach you
waiting-unreachable-advice = So we cannot offer you an appointment. Leave the waiting list and join it again with another e-mail address.
waiting-missed = This appointment is unfortunately no longer free
waiting-missed-advice = You stay on the waiting list; we write to you again at the next one.
unconfirmed-title = Please confirm your e-mail address
unconfirmed-mail = We have sent a link to { $email }. Open it and confirm the appointment; it is yours only then.
unconfirmed-until = We keep the place until { $until }.
confirm-title = Confirm your appointment
confirm-lead = One more step and the appointment is yours. It is reserved for you until { $until }.
confirm-button = Confirm appointment
confirm-late-title = This appointment is no longer reserved
confirm-late-lead = The time to confirm is over, or the appointment was cancelled. The place is free for others again.
confirm-again = Book a new appointment
overview-title = My appointments
overview-lead = Tell us the e-mail address that you booked with. We send you a link to all your appointments here.
overview-email-hint = The link works for 30 minutes.
overview-button = Send the link
overview-sent-title = Look into your mailbox
overview-sent = If appointments are booked under { $email }, the link is on its way.
overview-often = That was often. Please wait some minutes before you ask for another link.
overview-old = This link no longer works. Please ask for a new one.
overview-open-lead = Here you see all appointments booked under your e-mail address.
overview-open = Show appointments
overview-none = No appointment to come is booked under your address.
booked-stop-sms = Send no more text messages
booked-erase = Delete my data
erase-title = Do you want to delete your data?
erase-lead = Your name, addresses and all e-mails about this appointment will be deleted. This cannot be undone.
erase-lead-stands = Your name, addresses and all e-mails about this appointment will be deleted. The appointment is cancelled with it; you will not get an e-mail about that. This cannot be undone.
erase-button = Delete data
erase-button-stands = Cancel appointment and delete data
erase-keep = Leave everything as it is
erase-done-title = Your data are deleted
erase-done-lead = Nothing about you is stored with this appointment any more.
erase-home = Book a new appointment
contact-sms = I would like to get text messages about my appointment at this number too
check-sms = by text message too

provided-button = Take over data from { $provider }
provided-filled = Name and e-mail address are filled in. Please check them.
provided-empty = Neither a name nor an e-mail address is kept there. Please fill in the form yourself.
provided-refused = Nothing was taken over. You can fill in the form yourself.
provided-failed = That does not work at the moment. Please fill in the form yourself.
leaving-title = Continue to { $provider }
leaving-lead = You are leaving these pages now to sign in at { $provider }, and will come back here afterwards. Name and e-mail address are taken over; only what you then send yourself is stored.
error-returned-title = This answer is no longer valid
error-returned-advice = It was used before, came too late or belongs to another window. Please begin your booking once more; you can also enter your data yourself.
