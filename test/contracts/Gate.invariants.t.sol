// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TokenKind} from "../../contracts/interfaces/IGate.sol";
import {GateHandler} from "./support/GateHandler.sol";
import {GateLaws} from "./support/GateLaws.sol";
import {vm} from "./support/Vm.sol";

/// @notice What the fuzzer may call.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @notice The world, by a name of this file: the fuzzer knows what is compiled with the tests alone.
contract World is GateLaws {}

/// @title GateInvariants
/// @notice Whatever collections, owners and receivers do, in any order: the laws hold after every call.
contract GateInvariants {
    World private _world;

    function setUp() public {
        _world = new World();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_world), _actions());
    }

    /// hardhat-config: invariant.runs = 100
    function invariant_laws_hold() public {
        _none(_world.conservation());
        _none(_world.oneKind());
        _none(_world.lockIsFree());
    }

    /// @dev Laws that hold because nothing happens are worth nothing.
    function test_handler_reachesEverything() public {
        bytes4[] memory actions = _actions();
        for (uint256 i; i < 300; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("gate", i)));
            (bool ok, ) = address(_world).call(
                abi.encodeWithSelector(actions[seed % actions.length], seed)
            );
            require(ok, "an action failed");
        }
        require(_world.arrived() > 20 && _world.refused() > 20, "nothing arrived, or all did");
        require(_world.left_() > 5, "nothing left");
        for (uint256 i; i < 4; ++i) {
            uint256 seen;
            for (uint256 id; id < 4; ++id) if (_world.hasArrived(4 * i + id)) ++seen;
            require(seen != 0, "a collection never arrived");
        }
        invariant_laws_hold();
    }

    function _actions() private pure returns (bytes4[] memory actions) {
        actions = new bytes4[](5);
        actions[0] = GateHandler.pull.selector;
        actions[1] = GateHandler.sendIn.selector;
        actions[2] = GateHandler.claim.selector;
        actions[3] = GateHandler.turn.selector;
        actions[4] = GateHandler.spend.selector;
    }

    function _none(string memory breach) private pure {
        require(bytes(breach).length == 0, breach);
    }
}

/// @title GateFaults
/// @notice The proof that each law above can fail: a fault is planted, and the check reports it.
contract GateFaults is GateLaws {
    function setUp() public {
        _depositCoins(left, 1, 5);
        gate.depositErc721(right.id, address(art), 2);
    }

    function test_laws_hold_withoutAFault() public {
        require(bytes(conservation()).length == 0 && bytes(oneKind()).length == 0);
        require(bytes(lockIsFree()).length == 0);
    }

    /// @dev A credit for which nothing arrived.
    function test_conservation_fails_whenSomethingIsCreditedTwice() public {
        vm.startPrank(address(gate));
        depository.beginArrival();
        depository.endArrival(left.id, _coin(1), 5);
        vm.stopPrank();
        _reports(conservation(), "what is promised is not what is counted");
    }

    function test_conservation_fails_whenACreditIsLost() public {
        vm.prank(address(depository));
        gate.release(_coin(1), OUTSIDE, 2);
        _reports(conservation(), "what is promised is not what is counted");
    }

    function test_conservation_fails_whenACollectibleIsGone() public {
        vm.prank(address(gate));
        art.transferFrom(address(gate), OUTSIDE, 2);
        _reports(conservation(), "the Gate holds less than it has promised");
    }

    /// @dev As a Gate would that forgot the kinds: it counts one number of a collection under both.
    function test_oneKind_fails_whenTheKindIsForgotten() public {
        _depositTrick(left, 1, 1);
        bytes32 slot = keccak256(abi.encode(address(trick), uint256(1)));
        require(uint256(vm.load(address(gate), slot)) == uint256(TokenKind.Erc1155), "kind");
        vm.store(address(gate), slot, 0);
        vm.prank(address(trick));
        gate.onERC721Received(address(this), address(this), 1, abi.encode(left.id));
        _reports(oneKind(), "a collection has two kinds");
    }

    function test_lockIsFree_fails_whenAnArrivalIsLeftOpen() public {
        vm.prank(address(gate));
        depository.beginArrival();
        _reports(lockIsFree(), "the lock is held");
    }

    function _reports(string memory breach, string memory expected) private pure {
        require(keccak256(bytes(breach)) == keccak256(bytes(expected)), breach);
    }
}
