//! What a line of the log can tell of.

macro_rules! actions {
    ($($name:ident = $word:literal,)*) => {
        /// What was done, or looked at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action {
            $(#[doc = concat!("`", $word, "`")] $name,)*
        }

        impl Action {
            /// All of them, by their words.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word kept in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

actions! {
    AppointmentArrived = "appointment.arrived",
    AppointmentBeyondHours = "appointment.beyond-hours",
    AppointmentBooked = "appointment.booked",
    AppointmentCalled = "appointment.called",
    AppointmentCancelled = "appointment.cancelled",
    AppointmentConfirmed = "appointment.confirmed",
    AppointmentLapsed = "appointment.lapsed",
    AppointmentMissed = "appointment.missed",
    AppointmentMoved = "appointment.moved",
    AppointmentRestored = "appointment.restored",
    AppointmentServed = "appointment.served",
    ClosureAdded = "closure.added",
    ClosureRemoved = "closure.removed",
    ClosureUndone = "closure.undone",
    ClosureViewed = "closure.viewed",
    ContactCorrected = "contact.corrected",
    ContactDeleted = "contact.deleted",
    ContactSmsStopped = "contact.sms-stopped",
    ContactViewed = "contact.viewed",
    DayViewed = "day.viewed",
    InboxViewed = "inbox.viewed",
    KeyRotated = "key.rotated",
    ListViewed = "list.viewed",
    LogShortened = "log.shortened",
    LogoUploaded = "logo.uploaded",
    MailBounced = "mail.bounced",
    MailResent = "mail.resent",
    NoteDeleted = "note.deleted",
    NoteViewed = "note.viewed",
    NoteWritten = "note.written",
    PasskeyAdded = "passkey.added",
    PasskeyCopied = "passkey.copied",
    PasskeyRemoved = "passkey.removed",
    PasskeyUsed = "passkey.used",
    PasswordChanged = "password.changed",
    RequestAccepted = "request.accepted",
    RequestDeclined = "request.declined",
    RequestPassed = "request.passed",
    RequestProposed = "request.proposed",
    RequestReceived = "request.received",
    RequestWithdrawn = "request.withdrawn",
    SearchViewed = "search.viewed",
    SecondFactorAdded = "second-factor.added",
    SecondFactorRemoved = "second-factor.removed",
    SecretChanged = "secret.changed",
    SetupImported = "setup.imported",
    StaffInvited = "staff.invited",
    StaffLinked = "staff.linked",
    StaffRemoved = "staff.removed",
    StaffRoleChanged = "staff.role-changed",
    StaffSignInRefused = "staff.sign-in-refused",
    StaffSignedIn = "staff.signed-in",
    WaitingEnded = "waiting.ended",
    WaitingJoined = "waiting.joined",
    WaitingLeft = "waiting.left",
    WaitingOffered = "waiting.offered",
    WaitingTaken = "waiting.taken",
}

impl Action {
    /// The action that a line names; none where another release has written it.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|own| own.as_str() == word)
    }
}
