# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What Hanbit sells, and its stock: machines with serial numbers, parts, services."""

from dataclasses import dataclass

from odoo.fields import Command


@dataclass(frozen=True)
class Article:
    """One product; prices in dollars."""

    key: str
    name: str
    korean: str
    price: float
    cost: float
    kind: str  # machine | part | service
    minimum: int = 0  # replenished when fewer are free

    @property
    def tracking(self):
        """Machines carry a serial number."""
        return "serial" if self.kind == "machine" else "none"


ARTICLES = (
    Article("HM200", "HM-200 Vertical Mill", "HM-200 수직 밀링 머신", 18500, 12400,
            "machine", 4),
    Article("HL350", "HL-350 CNC Lathe", "HL-350 CNC 선반", 27900, 19600, "machine", 4),
    Article("HP80", "HP-80 Hydraulic Press", "HP-80 유압 프레스", 9800, 6300, "machine",
            5),
    Article("HC15", "HC-15 Screw Compressor", "HC-15 스크루 컴프레서", 4200, 2650,
            "machine", 6),
    Article("BRG", "Spindle bearing set", "스핀들 베어링 세트", 320, 150, "part", 40),
    Article("PMP", "Coolant pump", "쿨런트 펌프", 185, 95, "part", 30),
    Article("PNL", "Control panel", "제어 패널", 1450, 820, "part", 12),
    Article("SEAL", "Hydraulic seal kit", "유압 씰 키트", 64, 21, "part", 80),
    Article("FLT", "Filter cartridge, box of 10", "필터 카트리지 10개입", 48, 18,
            "part", 100),
    Article("INST", "Installation and commissioning", "설치 및 시운전", 950, 420,
            "service"),
)  # fmt: skip


def articles(kind):
    """Articles of one kind."""
    return [article for article in ARTICLES if article.kind == kind]


def make_products(story):
    """Products with their Korean names."""
    types = {"machine": "consu", "part": "consu", "service": "service"}
    for article in ARTICLES:
        product = story.env["product.product"].create(
            {
                "name": article.name,
                "default_code": article.key,
                "type": types[article.kind],
                "is_storable": article.kind != "service",
                "tracking": article.tracking,
                "invoice_policy": "delivery" if article.kind != "service" else "order",
                "list_price": article.price,
                "standard_price": article.cost,
                "company_id": story.company.id,
                "sale_delay": {"machine": 10, "part": 5}.get(article.kind, 0),
            }
        )
        product.product_tmpl_id.update_field_translations(
            "name", {"ko_KR": article.korean}
        )
        story.name(f"product_{article.key}", product)
        story.count("products")


def plan_stock(story):
    """A receipt from the factory each month, of what has become scarce."""
    factory = story.env["res.partner"].create(
        {
            "name": "Hanbit Works Changwon",
            "is_company": True,
            "country_id": story.env.ref("base.kr").id,
        }
    )
    story.name("factory", factory)
    story.at(story.start, replenish, story)
    for days in range(700, 0, -28):
        story.at(story.ago(days, hour=14), replenish, story)


def replenish(story):
    """Receive twice the minimum of every article with fewer free pieces than that.

    "Free" is what is on hand less what is already promised to customers.
    """
    wanted = {}
    for article in articles("machine") + articles("part"):
        product = story.records[f"product_{article.key}"]
        if product.virtual_available < article.minimum:
            missing = article.minimum - int(product.virtual_available)
            wanted[article] = missing + article.minimum
    if wanted:
        receive(story, wanted)


def receive(story, wanted):
    """A receipt of the given pieces, machines with new serial numbers.

    :param wanted: ``{Article: pieces}``
    """
    env = story.as_user("stock")
    kind = env["stock.picking.type"].search(
        [("code", "=", "incoming"), ("company_id", "=", story.company.id)], limit=1
    )
    picking = env["stock.picking"].create(
        {
            "picking_type_id": kind.id,
            "partner_id": story.records["factory"].id,
            "location_id": env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": kind.default_location_dest_id.id,
            "move_ids": [
                Command.create(_move_values(story, kind, article, pieces))
                for article, pieces in wanted.items()
            ],
        }
    )
    picking.action_confirm()
    for move in picking.move_ids:
        _receive_move(story, move)
    picking.button_validate()
    story.count("receipts")


def _move_values(story, kind, article, pieces):
    product = story.records[f"product_{article.key}"]
    return {
        "product_id": product.id,
        "product_uom": product.uom_id.id,
        "product_uom_qty": pieces,
        "price_unit": article.cost,
        "location_id": story.env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": kind.default_location_dest_id.id,
    }


def _receive_move(story, move):
    """Enter what came, a line per serial number."""
    product = move.product_id
    if product.tracking != "serial":
        move.quantity = move.product_uom_qty
        move.picked = True
        return
    sequence = story.records.setdefault("serials", {})
    lines = []
    for __ in range(int(move.product_uom_qty)):
        sequence[product] = sequence.get(product, 0) + 1
        year = story.env.cr.now().strftime("%y")
        serial = f"{product.default_code}-{year}-{sequence[product]:04d}"
        lines.append(
            Command.create(
                {
                    "product_id": product.id,
                    "lot_name": serial,
                    "quantity": 1,
                    "picked": True,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "picking_id": move.picking_id.id,
                }
            )
        )
    move.move_line_ids = [Command.clear(), *lines]
    story.count("serial numbers", len(lines))
