import pytest

from apex.emulator.embedding import ApexFailed
from apex.emulator.errors import IllegalApex
from tests.apex.fixtures.org import needs_parser, new_org, said

pytestmark = needs_parser


def test_constructors_chain_from_the_top() -> None:
    """Fields and blocks come before their class's constructor, and superclasses before those."""
    source = """
        System.debug(new Animals.Dog().story());
        System.debug(new Animals.Puppy().story());
    """

    assert said(source) == ["field,block,animal,dog,default", "field,block,animal,dog"]


def test_overrides_are_virtual() -> None:
    """A call goes to the object's own class, and ``super`` to the one above."""
    source = (
        "Animals.Animal a = new Animals.Puppy(); System.debug(a.name()); System.debug(a.given);"
    )

    assert said(source) == ["little Tiny the dog", "Tiny"]


def test_names_are_found_in_any_case() -> None:
    """Identifiers of Apex have no case: classes, methods, fields and variables."""
    source = "ANIMALS.DOG dOg = new animals.Dog(); System.DEBUG(Dog.NAME() + DOG.AGE);"

    assert said(source) == ["Rex the dog0"]


@pytest.mark.parametrize(
    ("argument", "chosen"),
    [
        ("'a'", "String"),
        ("1", "Integer"),
        ("1L", "Decimal"),
        ("1.5", "Decimal"),
        ("(Object) 'a'", "Object"),
        ("new List<String>()", "List<String>"),
        ("new List<Integer>()", "Object"),
        ("new Animals.Puppy()", "Dog"),
        ("(Animals.Animal) new Animals.Puppy()", "Animal"),
        ("(String) null", "String"),
        ("new Animals.Kennel().things.get('a')", "Object"),
        ("kennel.things.get('a')", "Object"),
        ("kennel.dogs.get(0)", "Dog"),
        ("kennel.dogs[0]", "Dog"),
        ("kennel.dogs[0].given", "String"),
        ("kennel.get('none')", "String"),
        ("true", "Object"),
    ],
)
def test_overload_is_chosen_by_declared_types(argument: str, chosen: str) -> None:
    """The nearest overload by the declared type of an argument is called, also for null."""
    source = (
        f"Animals.Kennel kennel = new Animals.Kennel(); System.debug(Animals.which({argument}));"
    )

    assert said(source) == [chosen]


def test_call_that_fits_two_overloads_is_refused() -> None:
    """A bare null fits several overloads: the compiler would refuse, so does the emulator."""
    with pytest.raises(IllegalApex, match="ambiguous call"):
        said("Animals.which(null);")


def test_properties_run_their_accessors() -> None:
    """Getters and setters run; their own name inside means the stored value."""
    source = """
        Animals.Dog dog = new Animals.Dog();
        dog.age = -3;
        System.debug(dog.age);
        dog.age += 4;
        System.debug(dog.age + dog.tag);
        Animals.Lazy lazy = new Animals.Lazy();
        System.debug(lazy.value + lazy.value + ' ' + lazy.calls);
    """

    assert said(source) == ["0", "4T", "84 1"]


def test_static_fields_live_for_one_transaction() -> None:
    """A static field keeps its value within a transaction and begins anew in the next."""
    org = new_org()
    count = "new Animals.Dog(); new Animals.Dog(); System.debug(Animals.made);"

    assert org.run(count) == ["2"]
    assert org.run(count) == ["2"]


def test_types_can_be_made_by_name() -> None:
    """``Type.forName`` finds classes without case, gives null for none, and makes objects."""
    source = """
        Type t = Type.forName('animals.dog');
        System.debug(t.getName() + ' ' + ((Animals.Animal) t.newInstance()).name());
        System.debug(Type.forName('Nothing') + ' ' + Type.forName('other', 'Animals'));
        System.debug(Animals.Named.class.isAssignableFrom(Animals.Puppy.class));
    """

    assert said(source) == ["Animals.Dog Rex the dog", "null null", "true"]


def test_class_without_a_plain_constructor_is_not_made_by_name() -> None:
    """``newInstance`` needs a constructor without arguments."""
    with pytest.raises(ApexFailed, match=r"System\.TypeException"):
        said("Animals.Point.class.newInstance();")


def test_enums_have_names_and_order() -> None:
    """An enum knows its constants, their names and their order."""
    source = """
        System.debug(Animals.Size.values() + ' ' + Animals.Size.LARGE.ordinal());
        System.debug(Animals.Size.valueOf('small').name());
    """

    assert said(source) == ["(SMALL, LARGE) 1", "SMALL"]


def test_endless_recursion_is_a_limit() -> None:
    """More than 1,000 calls inside each other end the transaction, and no catch helps."""
    with pytest.raises(ApexFailed, match="Maximum stack depth reached: 1001"):
        said("try { Animals.depth(1); } catch (Exception e) { System.debug('never'); }")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Hiding", True),
        ("hiding.shown", True),
        ("Hiding.Hidden", False),
        ("Hiding.Plain", False),
        ("ParcelTests", False),
        ("ParcelTests.Visible", False),
        ("Account", True),
        ("Database.SaveResult", True),
    ],
)
def test_private_classes_are_not_found_by_name(name: str, found: bool) -> None:
    """``Type.forName`` sees public and global classes, in a class that is, wherever it is asked."""
    assert said(f"System.debug(Type.forName('{name}') != null);") == [str(found).lower()]
