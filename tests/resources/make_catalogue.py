"""Make the sample catalogue: `python -m tests.resources.make_catalogue`.

Names, prices and numbers are invented. Barcodes carry valid check digits but belong to nobody.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import resources

# Name, accent, icon, default tax, cost as a share of the price, and the rows.
# A row: name, price, then options: kg, plu=, none (no barcode), open, service, age=, pfand=,
# tax=, ean8, of= (variant of the row with that name), stock=, l (unit litre).
SHELVES: tuple[tuple[str, str, str, str, str, str], ...] = (
    (
        "Fruit & Vegetables",
        "leaf",
        "fruit",
        "reduced",
        "0.58",
        """
        Apples, red; 2.99; kg plu=101 stock=38.5
        Apples, green; 2.79; kg plu=102 stock=31.2
        Bananas; 1.79; kg plu=103 stock=44.1
        Pears; 2.99; kg plu=104 stock=18.6
        Oranges; 2.49; kg plu=105 stock=27
        Mandarins; 2.99; kg plu=106 stock=22.4
        Grapes, white; 3.99; kg plu=107 stock=12.8
        Grapes, blue; 3.99; kg plu=108 stock=9.3
        Plums; 3.49; kg plu=109 stock=8.75
        Cherries; 7.99; kg plu=110 stock=0
        Tomatoes; 2.99; kg plu=111 stock=24
        Tomatoes on the vine; 3.49; kg plu=112 stock=19.4
        Potatoes, waxy; 1.49; kg plu=113 stock=85
        Potatoes, floury; 1.49; kg plu=114 stock=60
        Carrots; 1.29; kg plu=115 stock=33.3
        Onions, yellow; 1.19; kg plu=116 stock=41
        Onions, red; 1.69; kg plu=117 stock=15.5
        Peppers, mixed; 4.49; kg plu=118 stock=11.2
        Mushrooms; 5.99; kg plu=119 stock=6.4
        Ginger; 8.99; kg plu=120 stock=2.1
        Cucumber; 0.89; none plu=121
        Head of lettuce; 1.29; none plu=122
        Cauliflower; 2.49; none plu=123
        Broccoli; 1.99; none plu=124
        Avocado; 1.29; none plu=125
        Lemon; 0.49; none plu=126
        Mango; 1.99; none plu=127 stock=0
        Garlic, 3 bulbs; 1.29;
        Strawberries 500 g; 3.49;
        Blueberries 250 g; 2.99;
        Cherry tomatoes 250 g; 1.79;
        Rocket 125 g; 1.49;
        Parsley, bunch; 0.99; none plu=128
        """,
    ),
    (
        "Bakery",
        "amber",
        "bread",
        "reduced",
        "0.38",
        """
        Wheat roll; 0.39; none plu=201 stock=120
        Poppy seed roll; 0.49; none plu=202 stock=60
        Rye roll; 0.55; none plu=203 stock=48
        Pretzel; 0.85; none plu=204 stock=40
        Butter croissant; 1.45; none plu=205 stock=30
        Chocolate croissant; 1.75; none plu=206 stock=24
        Country loaf 1 kg; 4.90; none plu=207 stock=14
        Country loaf, half; 2.60; none plu=208 stock=10
        Sourdough rye 750 g; 4.40; none plu=209 stock=12
        Spelt loaf 500 g; 4.20; none plu=210 stock=9
        Baguette; 1.90; none plu=211 stock=22
        Olive ciabatta; 2.60; none plu=212 stock=8
        Cinnamon bun; 1.95; none plu=213 stock=18
        Apple turnover; 2.10; none plu=214 stock=15
        Cheesecake, slice; 2.95; none plu=215 stock=10
        Plum cake, slice; 2.60; none plu=216 stock=0
        Cheese sandwich; 3.40; none plu=217 stock=12
        Salami sandwich; 3.60; none plu=218 stock=12
        Bag of day-old rolls; ; open none plu=219 stock=4
        Toast bread 500 g; 1.29;
        Crispbread 250 g; 1.59;
        """,
    ),
    (
        "Dairy & Eggs",
        "sky",
        "milk",
        "reduced",
        "0.70",
        """
        Whole milk 1 l; 1.29; stock=96
        Low-fat milk 1 l; 1.19; stock=72
        Hay milk 1 l, glass; 1.69; pfand=15 stock=24
        Oat drink 1 l; 1.99; tax=standard stock=30
        Soy drink 1 l; 1.79; tax=standard
        Butter 250 g; 2.39; stock=60
        Salted butter 250 g; 2.59;
        Cream 200 g; 1.09;
        Sour cream 200 g; 0.79;
        Creme fraiche 150 g; 0.99;
        Plain yoghurt 500 g; 1.39;
        Plain yoghurt 500 g, glass; 1.79; pfand=15
        Strawberry yoghurt 150 g; 0.69; ean8
        Cherry yoghurt 150 g; 0.69; ean8
        Vanilla pudding 200 g; 0.89;
        Rice pudding 200 g; 0.79;
        Low-fat curd 500 g; 1.69;
        Buttermilk 500 ml; 0.99;
        Kefir 500 ml; 1.29;
        Eggs, free range, 6; 2.19; stock=48
        Eggs, free range, 10; 3.39; stock=36
        Eggs, organic, 6; 2.99; stock=20
        """,
    ),
    (
        "Cheese & Deli",
        "butter",
        "cheese",
        "reduced",
        "0.55",
        """
        Mountain cheese; 22.90; kg plu=301 stock=6.2
        Young gouda; 11.90; kg plu=302 stock=8.4
        Aged gouda; 18.90; kg plu=303 stock=4.15
        Blue cheese; 21.50; kg plu=304 stock=2.8
        Soft goat cheese; 26.90; kg plu=305 stock=1.9
        Olives, green; 14.90; kg plu=306 stock=5
        Olives, black; 14.90; kg plu=307 stock=4.4
        Antipasti, mixed; 18.90; kg plu=308 stock=3.6
        Hummus from the counter; 12.90; kg plu=309 stock=2.7
        Potato salad; 8.90; kg plu=310 stock=6
        Cooked ham; 19.90; kg plu=311 stock=4.8
        Air-dried ham; 34.90; kg plu=312 stock=2.2
        Salami, sliced; 24.90; kg plu=313 stock=3.1
        Liver sausage; 12.90; kg plu=314 stock=2.6
        Mozzarella 125 g; 0.99;
        Feta in brine 200 g; 2.19;
        Cream cheese 200 g; 1.39;
        Grated cheese 200 g; 2.19;
        Sliced cheese 150 g; 1.99;
        Grill cheese 250 g; 3.49;
        Deli platter to order; ; open none plu=315 stock=0
        """,
    ),
    (
        "Meat & Fish",
        "brick",
        "scale",
        "reduced",
        "0.62",
        """
        Minced beef; 11.90; kg plu=351 stock=7.5
        Minced meat, mixed; 9.90; kg plu=352 stock=8.2
        Pork schnitzel; 12.90; kg plu=353 stock=5.6
        Chicken breast; 14.90; kg plu=354 stock=6.3
        Beef goulash; 16.90; kg plu=355 stock=3.9
        Salmon fillet; 29.90; kg plu=356 stock=2.4
        Cod fillet; 26.90; kg plu=357 stock=1.8
        Bratwurst, 4 pieces; 3.99;
        Wiener sausages, 6 pieces; 3.49;
        Smoked salmon 100 g; 3.99;
        Pickled herring 200 g; 2.49;
        Smoked tofu 200 g; 2.29;
        Meatballs 300 g; 3.99;
        """,
    ),
    (
        "Pantry",
        "cocoa",
        "jar",
        "reduced",
        "0.64",
        """
        Spaghetti 500 g; 1.29; stock=54
        Penne 500 g; 1.29; stock=42
        Egg noodles 500 g; 1.79;
        Long-grain rice 1 kg; 2.49;
        Basmati rice 500 g; 2.29;
        Risotto rice 500 g; 2.79;
        Red lentils 500 g; 1.99;
        Chickpeas, tin 400 g; 0.99; stock=60
        Kidney beans, tin 400 g; 0.99;
        Sweetcorn, tin 300 g; 1.09;
        Chopped tomatoes, tin 400 g; 0.89; stock=80
        Tomato passata 500 g; 1.29;
        Tomato paste 150 g; 0.99;
        Pesto, basil 190 g; 2.79;
        Tuna in oil 150 g; 1.89;
        Gherkins 370 g; 1.69;
        Sauerkraut 500 g; 1.29;
        Wheat flour 1 kg; 0.89; stock=70
        Spelt flour 1 kg; 1.69;
        Sugar 1 kg; 1.19; stock=65
        Icing sugar 250 g; 0.79;
        Salt 500 g; 0.39;
        Baking powder, 6 sachets; 0.49; ean8
        Dry yeast, 3 sachets; 0.59; ean8
        Vanilla sugar, 8 sachets; 0.65; ean8
        Black pepper, ground 50 g; 2.19;
        Paprika, sweet 50 g; 1.89;
        Vegetable stock 150 g; 2.29;
        Sunflower oil 1 l; 1.99; stock=40
        Olive oil 500 ml; 7.49; stock=28
        Rapeseed oil 750 ml; 2.79;
        Apple vinegar 750 ml; 1.49;
        Mustard 200 ml; 0.99;
        Ketchup 500 ml; 1.99;
        Mayonnaise 250 ml; 1.59;
        Soy sauce 150 ml; 2.29;
        """,
    ),
    (
        "Breakfast",
        "rose",
        "sun",
        "reduced",
        "0.62",
        """
        Rolled oats 500 g; 0.89; stock=44
        Fruit muesli 750 g; 3.29;
        Crunchy muesli 500 g; 2.99;
        Cornflakes 375 g; 1.99;
        Strawberry jam 340 g; 2.29;
        Apricot jam 340 g; 2.29;
        Blossom honey 500 g; 5.49;
        Forest honey 500 g; 6.49;
        Hazelnut spread 400 g; 3.29;
        Peanut butter 350 g; 2.99;
        Maple syrup 250 ml; 5.99;
        """,
    ),
    (
        "Coffee & Tea",
        "plum",
        "coffee",
        "reduced",
        "0.60",
        """
        House espresso 250 g; 5.90; stock=18
        House espresso 500 g; 10.90; of=House espresso 250 g; stock=12
        House espresso 1 kg; 19.90; of=House espresso 250 g; stock=7
        Filter roast 250 g; 4.90; stock=22
        Filter roast 500 g; 8.90; of=Filter roast 250 g; stock=15
        Filter roast 1 kg; 16.90; of=Filter roast 250 g; stock=5
        Decaf 250 g; 5.40;
        Instant coffee 100 g; 4.49;
        Coffee to go, small; 2.20; tax=standard none plu=401 stock=0 service
        Coffee to go, large; 2.80; tax=standard none plu=402 stock=0 service
        Black tea, 25 bags; 1.99;
        Green tea, 25 bags; 2.29;
        Peppermint tea, 20 bags; 1.49;
        Camomile tea, 20 bags; 1.49;
        Fruit tea, 20 bags; 1.69;
        Loose Assam 100 g; 4.99;
        Drinking chocolate 400 g; 2.99;
        """,
    ),
    (
        "Soft Drinks & Water",
        "teal",
        "bottle",
        "standard",
        "0.62",
        """
        Still water 0.5 l; 0.69; pfand=25 stock=72
        Still water 1.5 l; 0.59; pfand=25 stock=96
        Sparkling water 0.5 l; 0.69; pfand=25 stock=72
        Sparkling water 1 l, glass; 0.89; pfand=15 stock=84
        Sparkling water, crate of 12; 7.99; pfand=330 stock=16
        Cola 0.33 l, can; 0.89; pfand=25 ean8 stock=96
        Cola 1 l; 1.39; pfand=25 stock=48
        Cola, sugar-free 1 l; 1.39; pfand=25 stock=40
        Orange lemonade 1 l; 1.29; pfand=25
        Lemon lemonade 1 l; 1.29; pfand=25
        Apple spritzer 0.5 l; 1.19; pfand=25 stock=60
        Rhubarb spritzer 0.5 l; 1.49; pfand=25
        Iced tea, peach 0.5 l; 1.29; pfand=25
        Mate drink 0.5 l; 1.49; pfand=15 stock=60
        Tonic water 0.5 l; 1.29; pfand=25
        Ginger ale 0.5 l; 1.29; pfand=25
        Energy drink 0.25 l, can; 1.19; pfand=25 ean8
        Orange juice 1 l; 2.49;
        Apple juice, cloudy 1 l; 1.99; stock=36
        Apple juice, glass 1 l; 2.19; pfand=15
        Grape juice 1 l; 2.69;
        Tomato juice 0.5 l; 1.49;
        """,
    ),
    (
        "Beer, Wine & Spirits",
        "indigo",
        "wine",
        "standard",
        "0.66",
        """
        Pilsner 0.5 l; 1.09; pfand=8 age=16 stock=120
        Wheat beer 0.5 l; 1.19; pfand=8 age=16 stock=80
        Lager 0.33 l; 0.99; pfand=8 age=16 stock=96
        Pale ale 0.33 l; 1.99; pfand=8 age=16 stock=36
        Shandy 0.5 l; 1.09; pfand=8 age=16
        Alcohol-free pilsner 0.5 l; 1.09; pfand=8
        Pilsner, crate of 20; 17.99; pfand=310 age=16 stock=14
        Cider 0.75 l; 3.99; age=16
        White wine, dry 0.75 l; 6.49; age=16 stock=24
        White wine, medium 0.75 l; 5.99; age=16
        Red wine 0.75 l; 6.99; age=16 stock=24
        Rose wine 0.75 l; 6.49; age=16
        House red from the barrel; 7.90; age=16 l none plu=501 stock=28.5
        Sparkling wine 0.75 l; 5.99; age=16
        Vodka 0.7 l; 9.99; age=18
        Gin 0.5 l; 18.90; age=18
        Rum, brown 0.7 l; 14.99; age=18
        Whisky, blended 0.7 l; 16.99; age=18
        Herbal liqueur 0.5 l; 11.99; age=18
        Fruit brandy 0.5 l; 17.90; age=18
        """,
    ),
    (
        "Snacks & Sweets",
        "slate",
        "sweets",
        "reduced",
        "0.58",
        """
        Milk chocolate 100 g; 1.39; stock=60
        Dark chocolate 100 g; 1.59; stock=48
        Nut chocolate 100 g; 1.59;
        White chocolate 100 g; 1.39;
        Fruit gums 200 g; 1.19;
        Liquorice 200 g; 1.29;
        Chewing gum, mint; 0.99; ean8 stock=80
        Peppermints; 0.89; ean8 stock=72
        Cereal bar; 0.79; ean8
        Wafer bar; 0.69; ean8 stock=90
        Butter biscuits 200 g; 1.49;
        Ginger biscuits 175 g; 1.99;
        Potato crisps, salted 175 g; 1.79; stock=36
        Potato crisps, paprika 175 g; 1.79; stock=40
        Tortilla chips 200 g; 1.69;
        Salted sticks 250 g; 0.99;
        Peanuts, roasted 200 g; 1.69;
        Cashews 150 g; 3.29;
        Almonds 200 g; 3.49;
        Raisins 250 g; 1.79;
        Pick and mix; 14.90; kg plu=551 stock=9.5
        """,
    ),
    (
        "Frozen",
        "sky",
        "frozen",
        "reduced",
        "0.63",
        """
        Peas 450 g; 1.99;
        Spinach 450 g; 1.49;
        Mixed vegetables 750 g; 2.49;
        Mixed berries 300 g; 2.99;
        Chips 1 kg; 2.49;
        Margherita pizza; 2.79; stock=24
        Vegetable pizza; 2.99; stock=20
        Fish fingers, 15; 3.49;
        Vanilla ice cream 1 l; 3.49;
        Chocolate ice cream 1 l; 3.49;
        Ice lolly; 1.50; ean8 stock=64
        Ice cubes 2 kg; 2.29; tax=standard
        """,
    ),
    (
        "Household & Care",
        "stone",
        "soap",
        "standard",
        "0.57",
        """
        Washing-up liquid 500 ml; 1.29; stock=30
        Laundry liquid 1.5 l; 5.49;
        Washing powder 1.3 kg; 5.99;
        All-purpose cleaner 1 l; 1.99;
        Glass cleaner 500 ml; 1.89;
        Dishwasher tabs, 40; 5.99;
        Sponges, 5; 1.19;
        Kitchen roll, 4; 2.99;
        Toilet paper, 8; 3.99; stock=45
        Tissues, 15 packs; 2.49;
        Bin bags 35 l, 20; 1.79;
        Aluminium foil 20 m; 2.29;
        Baking paper, 20 sheets; 1.59;
        Candles, 10; 2.99;
        Matches, 10 boxes; 1.29;
        Lighter; 1.50; ean8
        Batteries AA, 4; 4.49;
        Light bulb, LED 8 W; 4.99;
        Toothpaste 75 ml; 1.29;
        Toothbrush; 1.99;
        Shampoo 300 ml; 2.49;
        Shower gel 250 ml; 1.49;
        Hand soap 300 ml; 1.29;
        Plasters, 20; 1.99;
        Sun lotion 200 ml; 6.99;
        Nappies size 4, 40; 9.99;
        Cat food, tin 400 g; 0.99; tax=reduced
        Dog food, tin 800 g; 1.79; tax=reduced
        """,
    ),
    (
        "Gifts & Services",
        "plum",
        "bag",
        "standard",
        "0.50",
        """
        Shop T-shirt S; 19.90; stock=6
        Shop T-shirt M; 19.90; of=Shop T-shirt S; stock=11
        Shop T-shirt L; 19.90; of=Shop T-shirt S; stock=9
        Shop T-shirt XL; 21.90; of=Shop T-shirt S; stock=0
        Cotton bag, natural; 3.50; stock=40
        Cotton bag, green; 3.50; of=Cotton bag, natural; stock=25
        Paper bag; 0.20; none plu=601 stock=400
        Enamel mug; 12.90;
        Greeting card; 2.50;
        Birthday candles, 12; 1.99;
        Bunch of tulips; 4.99; tax=reduced none plu=602
        Potted basil; 1.99; tax=reduced
        Daily newspaper; 2.80; tax=reduced
        Weekly magazine; 4.90; tax=reduced
        Postage stamp, letter; 0.95; tax=zero none plu=603 stock=200
        Postage stamp, postcard; 0.70; tax=zero none plu=604 stock=150
        Cigarettes, pack of 20; 8.20; age=18 stock=60
        Rolling tobacco 30 g; 6.95; age=18 stock=25
        Gift wrapping; 2.00; service none plu=605
        Delivery in the quarter; 4.90; service none plu=606
        Parcel drop-off; 0.00; service none plu=607
        Key cutting; 9.50; service none plu=608
        Knife sharpening; 6.00; service none plu=609
        Hamper to order; ; open none plu=610
        Flea-market item; ; open none plu=611
        Deposit 0.08; 0.08; deposit
        Deposit 0.15; 0.15; deposit
        Deposit 0.25; 0.25; deposit
        Deposit crate 3.10; 3.10; deposit
        Deposit crate 3.30; 3.30; deposit
        """,
    ),
)

TAX_CLASSES = (
    ("standard", "Standard rate", "19"),
    ("reduced", "Reduced rate", "7"),
    ("zero", "Tax free", "0"),
)
DEPOSITS = {
    "8": "Deposit 0.08",
    "15": "Deposit 0.15",
    "25": "Deposit 0.25",
    "310": "Deposit crate 3.10",
    "330": "Deposit crate 3.30",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the catalogue, every field as it is written."""

    sku: str
    barcode: str
    name: str
    category: str
    price: str
    tax: str
    cost: str
    unit: str
    stock: str
    kind: str
    min_age: str
    deposit_sku: str
    variant_of: str
    plu: str


def with_check_digit(digits: str) -> str:
    """Return digits with their GS1 check digit, weights 3 and 1 from the right."""
    total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def _kind(flags: set[str]) -> str:
    """Return the kind a row's flags ask for."""
    for flag, kind in (
        ("kg", "weighed"),
        ("open", "open_price"),
        ("service", "service"),
        ("deposit", "deposit"),
    ):
        if flag in flags:
            return kind
    return "normal"


def _barcode(number: int, kind: str, flags: set[str]) -> str:
    """Return an EAN-13, an EAN-8 where asked for, or none for loose and intangible goods."""
    if kind != "normal" or "none" in flags:
        return ""
    if "ean8" in flags:
        return with_check_digit(f"4099{number:03d}")
    return with_check_digit(f"400999{number * 7919 % 1_000_000:06d}")


def _stock(number: int, kind: str, options: dict[str, str]) -> str:
    """Return the stock asked for, or a plausible one; none for what is not counted."""
    if kind in {"service", "deposit"}:
        return "0"
    return options.get("stock", str(6 + number * 37 % 29))


def _row(number: int, line: str, category: str, tax: str, share: str) -> Row:
    """Return a row, with links still by name."""
    name, price, *rest = (part.strip() for part in line.split(";"))
    of = next((part[3:] for part in rest if part.startswith("of=")), "")
    words = " ".join(part for part in rest if not part.startswith("of=")).split()
    flags = {word for word in words if "=" not in word}
    options = dict(word.split("=", 1) for word in words if "=" in word)
    kind = _kind(flags)
    at_cost = kind == "deposit"
    cost = Decimal(price or "0") * (1 if at_cost else Decimal(share))
    return Row(
        sku=f"{1000 + number}",
        barcode=_barcode(number, kind, flags),
        name=name,
        category=category,
        price=price,
        tax=options.get("tax", tax),
        cost=str(cost.quantize(Decimal("0.01"), ROUND_HALF_UP)) if price else "",
        unit="kg" if "kg" in flags else "l" if "l" in flags else "piece",
        stock=_stock(number, kind, options),
        kind=kind,
        min_age=options.get("age", ""),
        deposit_sku=DEPOSITS.get(options.get("pfand", ""), ""),
        variant_of=of,
        plu=options.get("plu", ""),
    )


def rows() -> Iterator[Row]:
    """Yield the whole catalogue, links resolved to skus."""
    made: list[Row] = []
    for category, _accent, _icon, tax, share, lines in SHELVES:
        for line in lines.strip().splitlines():
            made.append(_row(len(made) + 1, line.strip(), category, tax, share))
    skus = {row.name: row.sku for row in made} | {"": ""}
    for row in made:
        yield replace(row, deposit_sku=skus[row.deposit_sku], variant_of=skus[row.variant_of])


def as_csv(header: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> str:
    """Return comma-separated text with line feeds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return out.getvalue()


def files() -> dict[str, str]:
    """Return the three files of the sample catalogue by name."""
    return {
        "catalogue.csv": as_csv(
            tuple(field.name for field in fields(Row)), (astuple(row) for row in rows())
        ),
        "tax_classes.csv": as_csv(("code", "name", "rate_percent"), iter(TAX_CLASSES)),
        "categories.csv": as_csv(("name", "accent", "icon"), (shelf[:3] for shelf in SHELVES)),
    }


def main() -> None:
    """Write the files into `resources/catalogue/`."""
    folder = Path(resources.__file__).parent / "catalogue"
    for name, content in files().items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
