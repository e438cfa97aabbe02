# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whom Hanbit Machinery sells to, and how each customer's story goes."""

from dataclasses import dataclass

# how many orders a customer of each course places in each of the eight quarters
COURSES = {
    "growing": (0.24, 0.32, 0.48, 0.56, 0.72, 0.88, 1.04, 1.28),
    "steady": (0.56, 0.56, 0.64, 0.56, 0.64, 0.56, 0.64, 0.64),
    "large": (0.96, 0.88, 1.04, 0.96, 1.12, 1.04, 1.12, 1.2),
    "declining": (1.2, 1.04, 0.88, 0.72, 0.56, 0.32, 0.24, 0.16),
    "lost": (0.96, 0.8, 0.64, 0.4, 0, 0, 0, 0),
    "seasonal": (1.12, 0.16, 0.16, 0.8, 1.2, 0.16, 0.16, 0.96),
    "new": (0, 0, 0, 0, 0, 0, 0.8, 1.28),
}

# days after the due date that the payment arrives: (earliest, latest)
PAYING = {
    "prompt": (-6, 1),
    "usual": (-2, 9),
    "slow": (12, 38),
    "bad": (35, 90),  # and every third invoice not at all
    "disputes": (0, 12),  # but every fourth invoice is disputed and half paid
}


@dataclass(frozen=True)
class Customer:
    """One company (or person) that buys; money in ``currency``."""

    key: str
    name: str
    city: str
    zip: str
    street: str
    country: str  # two letters
    course: str
    paying: str
    contacts: tuple  # (name, function), the first one buys
    currency: str = "USD"
    parent: str = ""
    person: bool = False

    @property
    def lang(self):
        """Korean customers read Korean, all others English."""
        return "ko_KR" if self.country == "kr" else "en_US"


CUSTOMERS = (
    # a group: the holding buys little, its three subsidiaries buy
    Customer("daesung", "대성홀딩스(주)", "서울특별시", "04520", "중구 세종대로 110",
             "kr", "seasonal", "prompt", (("윤태호", "구매본부장"),)),
    Customer("daesungp", "대성정밀(주)", "창원시", "51396", "성산구 공단로 88", "kr",
             "large", "usual", (("최은지", "구매팀 과장"), ("오세훈", "설비 담당")),
             parent="daesung"),
    Customer("daesunge", "대성전자(주)", "구미시", "39253", "1공단로 212", "kr",
             "growing", "prompt", (("장미라", "자재팀 대리"),), parent="daesung"),
    Customer("daesunga", "Daesung America Inc.", "Torrance, CA", "90501",
             "2100 Border Avenue", "us", "steady", "usual",
             (("Kevin Yoon", "Plant Manager"),), parent="daesung"),
    # Korea
    Customer("garam", "가람정밀(주)", "창원시", "51435", "의창구 차룡로 45", "kr",
             "large", "prompt", (("김민서", "생산관리팀장"), ("박준형", "회계 담당"))),
    Customer("narae", "나래테크(주)", "수원시", "16675", "영통구 신원로 31", "kr",
             "growing", "usual", (("이서연", "구매 담당"),)),
    Customer("daon", "다온산업(주)", "인천광역시", "21691", "남동구 남동대로 150",
             "kr", "steady", "slow", (("정우진", "공장장"),)),
    Customer("mirgi", "미르기공(주)", "대구광역시", "42711", "달서구 성서공단로 77",
             "kr", "declining", "bad", (("한지훈", "대표이사"),)),
    Customer("saebyeok", "새벽금속(주)", "포항시", "37859", "남구 철강로 204", "kr",
             "steady", "usual", (("신동혁", "설비보전팀"),)),
    Customer("ara", "아라오토(주)", "울산광역시", "44259", "북구 효자로 12", "kr",
             "lost", "slow", (("문채원", "구매팀 차장"),)),
    Customer("haedam", "해담식품기계(주)", "전주시", "54853", "덕진구 팔복로 59", "kr",
             "new", "prompt", (("배수아", "연구소장"),)),
    # United States
    Customer("redwood", "Redwood Packaging Co.", "Sacramento, CA", "95811",
             "640 North 7th Street", "us", "large", "usual",
             (("Emily Carter", "Maintenance Manager"), ("Luis Ortega", "Accounting"))),
    Customer("lakeside", "Lakeside Foundry Inc.", "Cleveland, OH", "44105",
             "3811 Jennings Road", "us", "steady", "disputes",
             (("Frank Novak", "Purchasing"),)),
    Customer("granite", "Granite State Tools LLC", "Manchester, NH", "03103",
             "95 Brown Avenue", "us", "growing", "prompt",
             (("Rachel Green", "Owner"),)),
    Customer("mesa", "Blue Mesa Aerospace", "Albuquerque, NM", "87106",
             "1500 Research Road", "us", "seasonal", "usual",
             (("Omar Haddad", "Sourcing Lead"),)),
    Customer("prairie", "Prairie Dairy Systems", "Madison, WI", "53718",
             "4402 Dairy Drive", "us", "declining", "slow",
             (("Karen Olson", "Plant Engineer"),)),
    Customer("harbor", "Harbor Steel Works", "Baltimore, MD", "21226",
             "2001 Frankfurst Avenue", "us", "lost", "bad",
             (("Joseph Marino", "Controller"),)),
    Customer("cascade", "Cascade Plastics", "Portland, OR", "97210",
             "3030 NW Yeon Avenue", "us", "steady", "prompt",
             (("Mei Tanaka", "Operations"),)),
    Customer("whitaker", "Sam Whitaker", "Boise, ID", "83702", "210 Grove Street", "us",
             "new", "usual", (), person=True),
    # Europe, in euro
    Customer("feinwerk", "Müller Feinwerk GmbH", "Stuttgart", "70565",
             "Industriestraße 14", "de", "large", "prompt",
             (("Jonas Müller", "Einkauf"), ("Petra Vogel", "Instandhaltung")), "EUR"),
    Customer("nordlicht", "Nordlicht Maschinenbau AG", "Hamburg", "22113",
             "Billstraße 87", "de", "steady", "usual", (("Anke Petersen", "Einkauf"),),
             "EUR"),
    Customer("vandijk", "Van Dijk Verpakkingen B.V.", "Eindhoven", "5657",
             "Achtseweg Zuid 151", "nl", "growing", "usual",
             (("Sander van Dijk", "Directeur"),), "EUR"),
    Customer("rousseau", "Atelier Rousseau SAS", "Lyon", "69007",
             "12 rue de Gerland", "fr", "steady", "disputes",
             (("Claire Rousseau", "Gérante"),), "EUR"),
    Customer("costa", "Costa Meccanica S.r.l.", "Modena", "41122",
             "Via Emilia Est 380", "it", "declining", "bad",
             (("Marco Costa", "Acquisti"),), "EUR"),
    Customer("iberia", "Iberia Moldes S.L.", "Zaragoza", "50016",
             "Polígono Malpica 32", "es", "new", "slow", (("Lucía Romero", "Compras"),),
             "EUR"),
    Customer("alpen", "Alpenblick Käserei eG", "Kempten", "87437",
             "Kaufbeurer Straße 9", "de", "seasonal", "usual",
             (("Florian Huber", "Betriebsleiter"),), "EUR"),
)  # fmt: skip


def make_customers(story):
    """Companies, persons and their contacts, with language, currency and terms."""
    partners = story.env["res.partner"]
    terms = story.env.ref("account.account_payment_term_30days")
    for customer in CUSTOMERS:
        pricelist = story.records[f"pricelist_{customer.currency}"]
        partner = partners.create(
            {
                "name": customer.name,
                "is_company": not customer.person,
                "parent_id": customer.parent and story.records[customer.parent].id,
                "street": customer.street,
                "city": customer.city,
                "zip": customer.zip,
                "country_id": story.env.ref(f"base.{customer.country}").id,
                "email": f"office@{customer.key}.example.com",
                "lang": customer.lang,
                "ref": f"C-{100 + CUSTOMERS.index(customer)}",
                "user_id": story.records["user_salesperson"].id,
                "property_product_pricelist": pricelist.id,
                "property_payment_term_id": terms.id,
                "company_id": False,
            }
        )
        story.name(customer.key, partner)
        story.count("customers")
        for number, (name, function) in enumerate(customer.contacts, 1):
            contact = partners.create(
                {
                    "name": name,
                    "function": function,
                    "parent_id": partner.id,
                    "type": "contact",
                    "email": f"contact{number}@{customer.key}.example.com",
                    "lang": customer.lang,
                }
            )
            story.name(f"{customer.key}_{number}", contact)
            story.count("contacts")


def buyer(story, customer):
    """The contact who orders and writes: the first one, or the person itself."""
    return story.records.get(f"{customer.key}_1") or story.records[customer.key]
