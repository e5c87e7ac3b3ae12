// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BoundedCalls} from "../../contracts/libraries/BoundedCalls.sol";

/// @notice Tells how much gas it was given.
contract Meter {
    function gasGiven() external view returns (uint256) {
        return gasleft();
    }

    receive() external payable {}
}

contract BoundedCallsTest {
    /// @dev What a function of {Meter} spends before it looks, and no more.
    uint256 private constant _DISPATCH = 200;

    /// @dev Sweeps the gas over the edge, where a check that is a little too weak would show.
    function test_read_grantsInFull_orReverts() public {
        address meter = address(new Meter());
        for (uint256 grant = 10_000; grant <= 3_000_000; grant *= 3) {
            for (uint256 sent = grant; sent < _enoughFor(grant) + 5_000; sent += 500) {
                _readsInFull(meter, grant, sent);
            }
        }
    }

    function _readsInFull(address meter, uint256 grant, uint256 sent) private view {
        try this.read{gas: sent}(meter, grant) returns (uint256 given) {
            assert(given + _DISPATCH >= grant && given <= grant);
        } catch {
            assert(sent < _enoughFor(grant));
        }
    }

    function testFuzz_read_asksForNoMore(uint256 grant) public {
        grant = 1_000 + (grant % 3_000_000);
        address meter = address(new Meter());
        uint256 given = this.read{gas: _enoughFor(grant)}(meter, grant);
        assert(given + _DISPATCH >= grant);
    }

    function test_write_grantsInFull_withValueToANewAccount() public {
        uint256 before = gasleft();
        this.pay{value: 1, gas: 200_000}(address(0xabcdef), 100_000);
        assert(address(0xabcdef).balance == 1 && before - gasleft() < 100_000);
        try this.pay{value: 1, gas: 135_000}(address(0xabcde0), 100_000) {
            assert(false);
        } catch {
            assert(address(0xabcde0).balance == 0);
        }
    }

    /// @dev A 63rd part more, and the cost of the call.
    function _enoughFor(uint256 grant) private pure returns (uint256) {
        return grant + grant / 63 + 12_000;
    }

    function read(address target, uint256 grant) external view returns (uint256) {
        bytes memory question = abi.encodeCall(Meter.gasGiven, ());
        (bool ok, uint256 size, uint256 given, ) = BoundedCalls.read(target, grant, question);
        assert(ok && size == 32);
        return given;
    }

    function pay(address to, uint256 grant) external payable {
        (bool ok, , ) = BoundedCalls.write(to, msg.value, grant, "");
        assert(ok);
    }
}
