"""What drawn journeys may say: lengths, times of day, events and conditions, each by what it is about."""

from __future__ import annotations

MESSAGES = ("hello", "offer", "thanks")
LENGTHS = ("90 minutes", "6 hours", "24 hours", "1 day", "2 days", "3 days", "1 week")
CLOCKS = ("00:00", "02:30", "09:00", "10:00", "21:00")
DAYS = ("weekdays", "weekends", "workdays", ["mon", "thu"], ["sun"])
WINDOWS = ("10:00-20:00", "20:00-02:00", "02:00-03:00", "09:00-09:30")
OFFSETS = ("0 days", "-1 day", "-3 days", "2 days", "-1 week", "-2 hours", "90 minutes")
CRONS = ("0 10 * * *", "30 2 * * *", "0 9 * * 1", "15 */6 * * *", "0 0 * * mon-fri", "30 1 * * *")
# The day a story begins, a few days before some zones change their clocks (or none, in June), with those zones.
BASES = {
    "2026-03-05": ("America/New_York",),
    "2026-03-26": ("Europe/London", "Australia/Lord_Howe"),
    "2026-10-22": ("Europe/London", "America/New_York"),
    "2026-10-01": ("Australia/Lord_Howe",),
    "2026-06-01": ("America/New_York",),
    "2026-12-28": ("America/New_York", "Australia/Lord_Howe"),
}
EVENTS = (
    "purchase",
    "purchase where category = '保養'",
    "purchase where value >= 500",
    "visit",
    "visit where page = 'home'",
    "visit where page contains 'om'",
    "refund",
    "click of hello",
    "click of offer",
    "handed_back where team = 'care'",
)
PLAIN = (
    "purchase since entry",
    "no purchase since entry",
    "purchase",
    "purchase before entry",
    "purchase at least 2 times within 3 days",
    "purchase at most 1 times since entry",
    "no purchase within 2 days",
    "purchase within 36 hours where category = '保養'",
    "sum of purchase.value within 7 days >= 800",
    "sum of purchase.value since entry between 1 and 999",
    "sum of purchase.quantity >= 3",
    "days since last purchase between 2 and 4",
    "days since last visit >= 1",
    "refund",
    "refund since entry",
    "visit within 6 hours",
    "visit where not page = 'home'",
    "visit where (page = 'home' or page is not known)",
    "click of hello since entry",
    "no click of offer within 2 days",
    "message hello was sent",
    "skipped of offer",
    "tag vip",
    "not tag vip",
    "tag vip strength >= 3",
    "in segment lapsed",
    "not in segment lapsed",
    "stage is grow",
    "tier = '金卡'",
    "tier != '金卡'",
    "tier in ('金卡', '白金')",
    "points >= 100",
    "points is known",
    "birthday within next 3 days",
    "birthday in this month",
    "entry.value >= 500",
)
CALENDAR = (
    "purchase today",
    "no visit today",
    "purchase at least 2 times this week",
    "visit this month",
    "sum of purchase.value this week >= 800",
    "birthday is today",
)
PEOPLE = ("is friend", "is not friend", "tier contains '金'", "visit where page contains 'sal'")
FADING = ("tag fond strength >= 2", "tag fond strength between 0.5 and 1.5", "not tag fond")
SCORES = (
    "score keen >= 4",
    "score keen between 1 and 3.5",
    "not score keen >= 1",
    "score known > 2",
    "score known = 0",
)
RANKS = (
    "top 20% by sum of purchase.value within 7 days",
    "top 50% by visit",
    "rfm recency >= 4",
    "rfm frequency between 2 and 4",
    "rfm monetary >= 3",
)
# What other journeys do: among those of one tick it depends on how late that is.
ABOUT_JOURNEYS = (
    "in journey beta",
    "not in journey gamma",
    "finished journey beta",
    "finished journey alpha",
    "handed_off",
)
# Of journeys that are entered per order_id.
LIFTED = ("purchase of any order_id since entry", "refund of any order_id", "purchase of any order_id today")
# Their time is short, so that leaving does not swallow everything else.
LEAVES = (
    "refund since entry",
    "no purchase within 2 days",
    "purchase at least 2 times since entry",
    "days since last purchase between 3 and 5",
    "tag vip strength >= 3",
    "stage is grow and purchase since entry",
    "in segment lapsed",
    "sum of purchase.value since entry >= 1500",
    "visit within 6 hours and not tag vip",
    "birthday within next 1 day",
    "unfollow before entry",
    "click of offer within 36 hours",
    "no visit within 24 hours and purchase",
    "purchase today and visit today",
    "no visit this week",
    "birthday is today",
    "is not friend and purchase since entry",
    "tag fond strength between 0.5 and 1.5",
)
GOALS = (
    "purchase since entry",
    "purchase since entry where value >= 500",
    "click of offer since entry",
    "refund since entry",
    "tag fond strength between 0.5 and 1.5 and purchase since entry",
    "purchase today and visit since entry",
)
