// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProviderHandler} from "./support/ProviderHandler.sol";

/// @notice What the fuzzer may call.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @notice The world, by a name of this file: the fuzzer knows what is compiled with the tests alone.
contract ProvidersWorld is ProviderHandler {}

/// @title EntityProviderInvariants
/// @notice Whatever boards, dismissed boards, shareholders and strangers do, in any order: the laws hold after every
/// call.
/// @dev That each of them can fail is shown in `EntityProvider.faults.t.sol`.
contract EntityProviderInvariants {
    ProvidersWorld private _world;

    function setUp() public {
        _world = new ProvidersWorld();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_world), _actions());
    }

    /// @dev A name has one owner and moves by his decision only; a board follows another by its own decision or that
    /// of the shareholders, at its time; who is not in office decides nothing, and is evidence in the grace only;
    /// numbers are dense and given once; each decision counts once, in its turn.
    function invariant_lawsOfEntities_hold() public view {
        string memory broken = _world.broken();
        require(bytes(broken).length == 0, broken);
    }

    /// @dev Laws that hold because nothing happens are worth nothing.
    function test_handler_reachesEverything() public {
        bytes4[] memory actions = _actions();
        for (uint256 i; i < 900; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("entities", i)));
            (bool ok, ) = address(_world).call(
                abi.encodeWithSelector(actions[seed % actions.length], seed)
            );
            require(ok, "an action failed");
            string memory broken = _world.broken();
            require(bytes(broken).length == 0, broken);
        }
        string[11] memory wanted = [
            "registered",
            "keys checked",
            "decided",
            "replaced itself",
            "elected",
            "claimed",
            "given",
            "voted",
            "outgoing evidence",
            "signed by BLS",
            "meddled"
        ];
        for (uint256 i; i < wanted.length; ++i) require(_world.counts(wanted[i]) > 1, wanted[i]);
    }

    function _actions() private pure returns (bytes4[] memory actions) {
        actions = new bytes4[](11);
        actions[0] = ProviderHandler.register.selector;
        actions[1] = ProviderHandler.check.selector;
        actions[2] = ProviderHandler.registerKey.selector;
        actions[3] = ProviderHandler.replace.selector;
        actions[4] = ProviderHandler.activate.selector;
        actions[5] = ProviderHandler.claim.selector;
        actions[6] = ProviderHandler.transfer.selector;
        actions[7] = ProviderHandler.vote.selector;
        actions[8] = ProviderHandler.show.selector;
        actions[9] = ProviderHandler.meddle.selector;
        actions[10] = ProviderHandler.warp.selector;
    }
}
