"""The texts of demo conversations, by topic. `{…}` is replaced by one of the `WORDS` of that name."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "city": ("Lisbon", "Kyoto", "Zürich", "Tromsø", "Oaxaca", "Ljubljana", "Porto", "Valparaíso", "Ghent", "Tbilisi"),
    "month": ("March", "May", "June", "September", "October", "December"),
    "days": ("three", "four", "five", "seven", "ten"),
    "amount": ("12.90", "19.00", "49.00", "89.50", "240.00"),
    "language": ("Python", "TypeScript", "Rust", "Go", "SQL", "Kotlin"),
    "error": ("a timeout", "KeyError: 'id'", "a 502", "an off-by-one", "a deadlock", "UnicodeDecodeError"),
    "metric": ("revenue", "churn", "weekly active users", "conversion", "average order value", "support load"),
    "group": ("country", "plan", "channel", "month", "sign-up cohort"),
    "subject": ("photosynthesis", "the French Revolution", "eigenvalues", "supply and demand", "the subjunctive"),
    "level": ("a ten-year-old", "an exam tomorrow", "somebody who knows the basics", "my grandmother"),
}

OPENERS: dict[str, tuple[str, ...]] = {
    "help": (
        "How do I reset my password?",
        "I was charged twice this month.",
        "Can I change the e-mail address of my account?",
        "Where is my invoice for {month}?",
        "How do I cancel my subscription?",
        "The app does not start since the update.",
        "Ich kann mich nicht mehr anmelden, was tun?",
        "¿Cómo cambio mi método de pago?",
        "My refund of {amount} € has not arrived.",
        "How can I invite a colleague to my team?",
    ),
    "travel": (
        "I have {days} days in {city} in {month}. What should I not miss?",
        "Find me a flight to {city} in {month}, please.",
        "Which part of {city} is quiet and still central?",
        "Is {city} walkable with a pram?",
        "{city}で三日間、何をすればいいですか?",
        "What does a weekend in {city} cost for two?",
        "Train or plane to {city}?",
    ),
    "code": (
        "Why do I get {error} here?",
        "How do I read a large file in {language} without loading it whole?",
        "Write me a test for this function in {language}.",
        "What is the idiomatic way to retry a request in {language}?",
        "Can you review this {language} snippet?",
        "My loop is slow in {language}. Ideas?",
        "Explain {error} to me, I see it only in production.",
    ),
    "data": (
        "How did {metric} develop by {group}?",
        "Compare {metric} of {month} with the month before.",
        "Plot {metric} by {group}, please.",
        "Which {group} has the highest {metric}?",
        "Why did {metric} drop last week?",
        "Export {metric} by {group} as CSV.",
    ),
    "learn": (
        "Explain {subject} for {level}.",
        "Give me five exercises on {subject}.",
        "Quiz me on {subject}!",
        "What is the one thing to remember about {subject}?",
        "Can you correct my summary of {subject}?",
    ),
}

FOLLOW_UPS = (
    "Thanks, that works.",
    "And what if it doesn't?",
    "Can you say that more briefly?",
    "Hm, I am not sure I follow. Could you give an example?",
    "Yes please.",
    "No, the other one.",
    "Great 👍",
    "Could you put that into a table?",
    "What would you do?",
    "Same for {month}, please.",
    "That is not what I meant: I need it for {group}.",
    "Danke! Und auf Deutsch?",
    "One more thing: does this also hold for {city}?",
    "ok",
    "Why?",
    "Perfect, thank you so much! 🎉",
    "I tried it and now I see {error}.",
    "Let's continue where we stopped.",
)

SENTENCES = (
    "Happy to help.",
    "Here is what I would do first.",
    "Open the settings, then choose Account, and confirm with the link in the e-mail.",
    "There are two ways, and the second is less work.",
    "In short: yes, with one exception.",
    "I looked it up, and the figures agree with what you describe.",
    "In {city} that is easiest in {month}.",
    "The usual reason is {error}.",
    "For {metric} the split by {group} tells more than the total.",
    "A good plan for {days} days leaves one of them free.",
    "If that does not help, tell me what you see, word by word.",
    "The amount of {amount} € will be back on your card within {days} working days.",
    "Think of {subject} as a recipe: the order matters more than the amounts.",
    "I would write a test first, then change one thing at a time.",
    "Please note that this cannot be undone.",
    "You can do the same in {language} with fewer lines.",
    "Let me know if you would like an example.",
    "Compared with last month {metric} is up, mostly in one {group}.",
    "The short answer fits in one line; the long one follows below.",
    "Both work, and I would pick the simpler one.",
)

HAND_OVERS = (
    "My colleague who knows more about this goes on from here.",
    "This is a question for another assistant: I have told it everything so far.",
)

GIVEN_NAMES = (
    *("Ada", "Noor", "Mateo", "Yuki", "Zoë", "Kwame", "Ines", "Oskar", "Leïla", "Tomás", "Freya", "Arjun"),
    *("Mei", "Sven", "Amara", "Luca", "Hana", "Elif", "Jonas", "Chidi", "Sofia", "Ravi", "Maëlle", "Piotr"),
)
FAMILY_NAMES = (
    *("Lindqvist", "Okafor", "Moreau", "Tanaka", "Silva", "Novák", "Haddad", "Kowalska", "Berg", "Nguyen"),
    *("Rossi", "Demir", "Costa", "Iyer", "Jansen", "Mensah", "Fischer", "Park", "Ortega", "Dubois"),
)
