"""Where the demo world plays: people's names, and cities with their stores."""

from dataclasses import dataclass

from merchants.models import Store

Category = Store.Category


@dataclass(frozen=True, slots=True)
class Shop:
    """A store of the demo world. Typical amounts are between `low` and `high` euro cents."""

    name: str
    symbol: str
    category: Store.Category
    street: str
    latitude: str
    longitude: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class City:
    """A city, its money, its people's names and its stores. Amounts are those in euro times `scale` / 100."""

    name: str
    country: str
    asset: str
    scale: int
    timezone: str
    language: str
    calling_code: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    shops: tuple[Shop, ...]


CITIES = (
    City(
        "Lisboa", "PT", "EUR", 100, "Europe/Lisbon", "pt-BR", "35191",
        ("Inês", "Tiago", "Beatriz", "João", "Matilde", "Rui", "Leonor", "Duarte", "Carolina", "Nuno", "Marta", "Vasco"),
        ("Almeida", "Carvalho", "Fonseca", "Marques", "Nogueira", "Pinto", "Ramos", "Teixeira", "Vaz", "Lourenço"),
        (
            Shop("Mercearia da Olívia", "OLIVIA", Category.GROCERY, "Rua de São Bento 4", "38.713210", "-9.152140", 320, 6400),
            Shop("Pastelaria Aurora", "AURORA", Category.BAKERY, "Rua da Prata 52", "38.709930", "-9.136540", 110, 1450),
            Shop("Livraria Sextante", "SEXTANTE", Category.BOOKS, "Rua Garrett 73", "38.710720", "-9.142660", 890, 5200),
        ),
    ),
    City(
        "São Paulo", "BR", "BRL", 610, "America/Sao_Paulo", "pt-BR", "551199",
        ("Ana", "Bruno", "Camila", "Diego", "Fernanda", "Gustavo", "Juliana", "Lucas", "Mariana", "Rafael", "Thiago", "Yara"),
        ("Araújo", "Barbosa", "Cardoso", "Dias", "Ferreira", "Gomes", "Lima", "Moreira", "Rocha", "Santos", "Souza"),
        (
            Shop("Padaria Bela Vista", "BELAVISTA", Category.BAKERY, "Rua Maria José 9", "-23.558190", "-46.645210", 90, 1300),
            Shop("Cantina do Nonno", "NONNO", Category.RESTAURANT, "Rua Avanhandava 41", "-23.549360", "-46.647310", 980, 5600),
            Shop("Farmácia Ipê", "IPE", Category.HEALTH, "Avenida Paulista 1499", "-23.561590", "-46.655830", 450, 3900),
        ),
    ),
    City(
        "Madrid", "ES", "EUR", 100, "Europe/Madrid", "es", "34612",
        ("Alba", "Carlos", "Elena", "Hugo", "Irene", "Javier", "Lucía", "Marcos", "Nerea", "Pablo", "Sara", "Víctor"),
        ("Castro", "Delgado", "Gil", "Herrera", "Iglesias", "Molina", "Navarro", "Ortega", "Prieto", "Serrano", "Vidal"),
        (
            Shop("Café Lirio", "LIRIO", Category.CAFE, "Calle del Espíritu Santo 23", "40.425690", "-3.703790", 140, 1250),
            Shop("Zapatería Olmo", "OLMO", Category.FASHION, "Calle de Fuencarral 88", "40.427360", "-3.701930", 2900, 14900),
        ),
    ),
    City(
        "London", "GB", "GBP", 84, "Europe/London", "en", "447700",
        ("Aisha", "Ben", "Charlotte", "Dev", "Ella", "Fergus", "Grace", "Harry", "Isla", "Kwame", "Olivia", "Rosie"),
        ("Ahmed", "Baker", "Clarke", "Davies", "Evans", "Foster", "Hughes", "Khan", "Mensah", "Patel", "Walsh"),
        (
            Shop("Lark & Loaf", "LARKLOAF", Category.BAKERY, "41 Lamb's Conduit Street", "51.521750", "-0.118290", 240, 1900),
            Shop("Hackney Bike Works", "BIKEWORKS", Category.SERVICES, "9 Mare Street", "51.536160", "-0.058190", 1200, 12500),
        ),
    ),
    City(
        "東京", "JP", "JPY", 175, "Asia/Tokyo", "en", "819012",
        ("葵", "陽斗", "結衣", "蓮", "さくら", "大和", "凛", "湊", "美咲", "樹"),
        ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村"),
        (Shop("喫茶 琥珀", "KOHAKU", Category.CAFE, "神田神保町 1-17", "35.695920", "139.757640", 280, 1900),),
    ),
)  # fmt: skip
