"""No plain text outside this machine."""

import asyncio
import ssl

import pytest

from devices.drivers.base import DriverError, InsecureLink, LinkLost
from devices.drivers.link import is_loopback, require_tls
from devices.drivers.registry import driver_for
from devices.drivers.tcp import TcpDriver, stop_once
from tests.devices.drivers.rig import CONTROL_KEY, STOP_KEY, Ear, Rig, in_rig, run

OUTSIDE = ["192.168.1.7", "10.0.0.1", "::2", "stimulator-3.clinic"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_needs_no_tls(host):
    assert is_loopback(host)
    require_tls(host, None)


@pytest.mark.parametrize("host", OUTSIDE)
def test_any_other_address_without_tls_is_refused_before_connecting(host):
    async def test() -> None:
        with pytest.raises(InsecureLink, match="no TLS"):
            TcpDriver(host, 1, CONTROL_KEY, Ear())
        with pytest.raises(InsecureLink, match="no TLS"):
            driver_for("tcp", host, 1, CONTROL_KEY, Ear())
        with pytest.raises(InsecureLink, match="no TLS"):
            await stop_once(host, 1, STOP_KEY, "R", "c", "operator", 1.0)

    assert not is_loopback(host)
    run(test())


@pytest.mark.parametrize("host", OUTSIDE)
def test_any_address_is_taken_with_tls(host):
    require_tls(host, ssl.create_default_context())


def test_a_device_that_speaks_no_tls_is_not_spoken_to(tmp_path):
    async def test(rig: Rig) -> None:
        context = ssl.create_default_context()
        driver = TcpDriver(*rig.address, CONTROL_KEY, Ear(), tls=context)
        with pytest.raises(LinkLost):
            await driver.open(1.0)
        await asyncio.sleep(0.01)

    in_rig(test, tmp_path)


def test_an_insecure_link_is_a_driver_error():
    assert issubclass(InsecureLink, DriverError)
    assert not InsecureLink.may_have_flowed


def test_an_unknown_kind_of_driver_is_named_with_the_known_ones():
    with pytest.raises(LookupError, match=r"'carrier pigeon'; known: .*tcp"):
        driver_for("carrier pigeon", "127.0.0.1", 1, CONTROL_KEY, Ear())
