// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SharesHandler} from "./support/SharesHandler.sol";

/// @notice What the fuzzer may call.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @notice The world, by a name of this file: the fuzzer knows what is compiled with the tests alone.
contract ShareholdersWorld is SharesHandler {}

/// @title SharesInvariants
/// @notice Whatever holders, boards and strangers do with shares, in any order: the laws hold after every call.
/// @dev That each of them can fail is shown in `Shares.faults.t.sol`.
contract SharesInvariants {
    ShareholdersWorld private _world;

    function setUp() public {
        _world = new ShareholdersWorld();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_world), _actions());
    }

    /// @dev The number of shares never changes; locked ones do not move, and free ones always can; a board takes
    /// over by more than half for the whole delay, or by its own decision where none of the shareholders stands,
    /// and always when it may; everybody takes exactly what he earned, and the sum is what came in.
    /// hardhat-config: invariant.runs = 100
    function invariant_lawsOfShares_hold() public view {
        string memory broken = _world.broken();
        require(bytes(broken).length == 0, broken);
    }

    /// @dev Laws that hold because nothing happens are worth nothing.
    function test_handler_reachesEverything() public {
        bytes4[] memory actions = _actions();
        for (uint256 i; i < 600; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("shares", i)));
            (bool ok, ) = address(_world).call(
                abi.encodeWithSelector(actions[seed % actions.length], seed)
            );
            require(ok, "an action failed");
            string memory broken = _world.broken();
            require(bytes(broken).length == 0, broken);
        }
        string[9] memory wanted = [
            "control given",
            "locked",
            "dividend given",
            "voted",
            "elected",
            "replaced itself",
            "taken",
            "flowed back",
            "reckoned in parts"
        ];
        for (uint256 i; i < wanted.length; ++i) require(_world.counts(wanted[i]) > 1, wanted[i]);
    }

    function _actions() private pure returns (bytes4[] memory actions) {
        actions = new bytes4[](8);
        actions[0] = SharesHandler.give.selector;
        actions[1] = SharesHandler.vote.selector;
        actions[2] = SharesHandler.withdrawVote.selector;
        actions[3] = SharesHandler.decide.selector;
        actions[4] = SharesHandler.activate.selector;
        actions[5] = SharesHandler.payIn.selector;
        actions[6] = SharesHandler.take.selector;
        actions[7] = SharesHandler.warp.selector;
    }
}
