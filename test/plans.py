"""What plans cost, a second time: by the words of docs/plans.md, with fractions and decimals instead of integers in
fixed point. Reads a JSON array of cases from standard input and writes what each comes to.

A case is {market, price, start, plan}; amounts are minor units.
"""

import calendar
import datetime
import decimal
import functools
import json
import math
import sys
from decimal import Decimal
from fractions import Fraction

UNIT = {"UG": 1, "KE": 100, "RW": 1}
PERIODS = {"daily": 365, "weekly": 52, "monthly": 12}
SERVICES = ["insurance", "tracker", "maintenance", "battery"]
decimal.getcontext().prec = 60
HALF = Fraction(1, 2)


def up(amount, unit):
    return math.ceil(Fraction(amount) / unit) * unit


def down(amount, unit):
    return math.floor(Fraction(amount) / unit) * unit


class Offer:
    def __init__(self, case):
        plan = self.plan = case["plan"]
        self.unit = UNIT[case["market"]]
        self.periods = PERIODS[plan["frequency"]]
        self.off = {}
        self.start = datetime.date.fromisoformat(case["start"])
        price = case["price"]
        below = lambda sum_: down(sum_ - 1, self.unit)
        subsidy = (plan.get("subsidy") or {}).get("amount", 0)
        net = price - min(subsidy, below(price))
        percent = up(Fraction(net * plan["depositPercent"], 100), self.unit)
        self.deposit = min(below(net), max(percent, plan.get("depositAmount") or 0))
        self.financed = net - self.deposit
        is_declining = plan.get("method") == "declining"
        self.lines = self.declining() if is_declining else self.marked_up()
        self.days = self.due(len(self.lines))
        if plan.get("season"):
            self.lines = [self.parts_of(amount) for amount in self.seasonal()]

    # What lines are of.

    @functools.cache
    def parts_of(self, amount):
        weights = {name: w for name in ["vehicle", *SERVICES] if (w := self.plan["components"].get(name, 0)) > 0}
        parts = {name: down(Fraction(amount * w, sum(weights.values())), self.unit) for name, w in weights.items()}
        for name in list(parts)[: (amount - sum(parts.values())) // self.unit]:
            parts[name] += self.unit
        return {name: part for name, part in parts.items() if part}

    def marked_up(self):
        count = self.plan["instalments"]
        equal = up(Fraction(self.financed * (100 + self.plan["markupPercent"]), 100 * count), self.unit)
        total = equal * count
        earned = (self.plan.get("earnings") or {}).get("instalment")
        amounts = [equal] * count
        if earned is not None:
            size = max(earned, up(Fraction(total, 1500), self.unit))
            full, rest = divmod(total, size)
            amounts = [size] * full + ([rest] if rest else [])
        return [self.parts_of(amount) for amount in amounts]

    def seasonal(self):
        total = sum(sum(line.values()) for line in self.lines)
        weights = [self.plan["season"].get(str(day.month), 100) for day in self.days]
        spare = total - len(weights) * self.unit
        amounts = [self.unit + down(Fraction(spare * weight, sum(weights)), self.unit) for weight in weights]
        amounts[-1] += total - sum(amounts)
        return amounts

    def declining(self):
        count = self.plan["instalments"]
        rate = Fraction(round(self.plan["annualRatePercent"] * 100), 10_000 * self.periods)
        balance = up(self.financed, self.unit)
        equal = max(self.unit, self.annuity(balance, rate, count))
        lines = []
        for number in range(1, count + 1):
            interest = math.floor(balance * rate / self.unit + HALF) * self.unit
            if number == count:
                amount, principal = max(self.unit, balance + interest), balance
            else:
                amount, principal = equal, min(balance, max(0, equal - interest))
            balance -= principal
            parts = self.parts_of(principal)
            line = {name: part for name, part in parts.items() if name != "vehicle"}
            line |= {"interest": amount - principal, "principal": parts.get("vehicle", 0)}
            lines.append({name: part for name, part in line.items() if part})
        return lines

    def annuity(self, balance, rate, count):
        """The balance over what a unit in each period is worth today, summed period by period."""
        v = 1 / (1 + Decimal(rate.numerator) / Decimal(rate.denominator))
        worth, each = Decimal(0), Decimal(1)
        for _ in range(count):
            each *= v
            worth += each
        # What is a whole unit but for the last of sixty digits is one.
        return math.floor(Decimal(balance) / worth / self.unit + Decimal("1e-35")) * self.unit

    # When they are due.

    def due(self, count):
        frequency, off = self.plan["frequency"], self.plan.get("daysOffPerMonth") or 0
        if frequency == "weekly":
            return [self.start + datetime.timedelta(weeks=i + 1) for i in range(count)]
        if frequency == "monthly":
            return [self.month(i + 1) for i in range(count)]
        days, day = [], self.start
        while len(days) < count:
            day += datetime.timedelta(days=1)
            if day not in self.sundays(day, off):
                days.append(day)
        return days

    def month(self, months):
        year, month = divmod(self.start.year * 12 + self.start.month - 1 + months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return datetime.date(year, month + 1, min(self.start.day, last))

    def sundays(self, day, first):
        if (day.year, day.month) not in self.off:
            dates = (day.replace(day=d) for d in range(1, 29))
            self.off[day.year, day.month] = [date for date in dates if date.isoweekday() == 7][:first]
        return self.off[day.year, day.month]

    # What a year of it costs.

    def rates(self):
        is_daily = self.plan["frequency"] == "daily"
        flows = [
            ((day - self.start).days if is_daily else i + 1, sum(line.values()))
            for i, (day, line) in enumerate(zip(self.days, self.lines))
        ]
        rate = self.period_rate(flows)
        return told((1 + rate) ** self.periods - 1), told(rate * self.periods)

    def period_rate(self, flows):
        """Newton from below, by floats and then by decimals: what is paid is worth less the higher the rate, and convexly so."""
        rate = 0.0
        for _ in range(200):
            step = self.newton(flows, rate, float(self.financed))
            rate += step
            if abs(step) < 1e-14:
                break
        exact = Decimal(rate)
        for _ in range(3):
            exact += self.newton(flows, exact, Decimal(self.financed))
        return exact

    def newton(self, flows, rate, advance):
        v = 1 / (1 + rate)
        worth = slope = 0 * rate
        each, before = 1 + 0 * rate, 0
        for period, amount in flows:
            each *= v if period - before == 1 else v ** (period - before)
            before = period
            worth += amount * each
            slope += period * amount * each
        return (worth - advance) / (slope * v)


def told(rate):
    if rate > 101:
        return None
    percent = (rate * 100 + Decimal("1e-40")).quantize(Decimal("0.01"), decimal.ROUND_HALF_UP)
    return None if percent > 10_000 else float(max(percent, Decimal(0)))


def answer(case):
    offer = Offer(case)
    eu, us = offer.rates()
    lines = [[day.isoformat(), sum(parts.values()), parts] for day, parts in zip(offer.days, offer.lines)]
    return {"deposit": offer.deposit, "lines": lines, "eu": eu, "us": us}


sys.stdout.write(json.dumps([answer(case) for case in json.load(sys.stdin)]))
