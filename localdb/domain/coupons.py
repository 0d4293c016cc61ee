"""Whether a coupon may be handed in, and why not."""

from localdb.domain.pricing import coupon_code
from localdb.domain.promotions import Offers, Shopper, is_on, is_time
from localdb.domain.records import Promotion
from localdb.errors import Refusal


def check(offers: Offers, code: str, shopper: Shopper) -> None:
    """Raise Refusal saying why a coupon does not hold now; nothing when some offer takes it."""
    code = coupon_code(code)
    opened = [offer.promotion for offer in offers.with_coupon(code)]
    with_it = Shopper(shopper.at, shopper.group_id, shopper.coupons | {code})
    if any(is_on(promotion, with_it) for promotion in opened):
        return
    if not opened:
        raise Refusal(f"Coupon {code} is not valid here. Check the code.")
    raise Refusal(f"Coupon {code} {_why_not(opened[0], shopper)}")


def _why_not(promotion: Promotion, shopper: Shopper) -> str:
    day = shopper.at.day
    if promotion.ends_day and promotion.ends_day < day:
        return f"ended on {_written(promotion.ends_day)}."
    if promotion.starts_day > day:
        return f"begins on {_written(promotion.starts_day)}."
    if not is_time(promotion, shopper.at):
        return "is not valid at this day and time."
    return "is for a group of customers. Choose the customer first."


def _written(day: int) -> str:
    return f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}"
