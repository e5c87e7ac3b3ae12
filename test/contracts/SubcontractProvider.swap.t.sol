// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arguments} from "../../contracts/interfaces/ISubcontractProvider.sol";
import {SwapMath} from "../../contracts/libraries/SwapMath.sol";
import {SubcontractProvider} from "../../contracts/SubcontractProvider.sol";
import {Packed, Payment} from "../../contracts/mocks/Packed.sol";
import {Swap} from "../../contracts/types/Subcontracts.sol";
import {vm} from "./support/Vm.sol";

/// @notice Swaps: what a fill moves, and which fills count.
contract SubcontractProviderSwapTest {
    uint64 private constant NOW = 1_000;
    uint32 private constant ONE = type(uint32).max;

    SubcontractProvider private provider;

    function setUp() public {
        vm.warp(NOW);
        provider = new SubcontractProvider();
    }

    // ─── Rounding ───────────────────────────────────────────────────────────────────────────────

    function testFuzz_received_isTheCeiling(uint128 amount, uint32 ratio) public pure {
        uint256 received = SwapMath.received(amount, ratio);
        uint256 exact = uint256(amount) * ratio;
        assert(received * ONE >= exact && received * ONE < exact + ONE);
        assert(received <= amount);
    }

    function testFuzz_received_isAtLeastOne_atTheLeastRatio(uint128 amount) public pure {
        vm.assume(amount != 0);
        assert(SwapMath.received(amount, 1) >= 1);
        assert(SwapMath.received(1, 1) == 1);
    }

    function testFuzz_paid_isTheFloor(uint128 amount, uint32 ratio) public pure {
        uint256 paid = SwapMath.paid(amount, ratio);
        uint256 exact = uint256(amount) * ratio;
        assert(paid * ONE <= exact && exact < paid * ONE + ONE);
    }

    /// @dev No ratio gives the filler a better price than the offer names.
    function testFuzz_fill_isNeverBelowThePriceOfTheOffer(
        uint128 add,
        uint128 sub,
        uint32 ratio
    ) public pure {
        uint256 received = SwapMath.received(add, ratio);
        uint256 paid = SwapMath.paid(sub, ratio);
        assert(received * sub >= paid * add || sub == 0 || add == 0);
    }

    function testFuzz_fill_isExact_atTheWholeAndAtNothing(uint128 amount) public pure {
        assert(SwapMath.received(amount, ONE) == amount && SwapMath.paid(amount, ONE) == amount);
        assert(SwapMath.received(amount, 0) == 0 && SwapMath.paid(amount, 0) == 0);
    }

    // ─── Fills ──────────────────────────────────────────────────────────────────────────────────

    function test_evaluate_fillsASwap_inTheDirectionOfItsOwner() public view {
        Swap[] memory swaps = _one(Swap(true, 0, 100, 1, 50, 1, NOW));
        Arguments memory full = Arguments(abi.encodePacked(ONE), NOW);
        _assertApplied(swaps, _none(), full, 100, -50);
        swaps[0].ownerIsLeft = false;
        _assertApplied(swaps, full, _none(), -100, 50);
    }

    function test_evaluate_roundsForTheOwner() public view {
        Swap[] memory swaps = _one(Swap(true, 0, 100, 1, 50, 1, NOW));
        // A hair above a half: of 100 the owner receives 51, of 50 he pays 25.
        Arguments memory half = Arguments(abi.encodePacked(ONE / 2 + 1), NOW);
        _assertApplied(swaps, _none(), half, 51, -25);
        swaps[0].ownerIsLeft = false;
        _assertApplied(swaps, half, _none(), -51, 25);
    }

    function test_evaluate_movesBothWays_whenASwapNamesOneTokenTwice() public view {
        Swap[] memory swaps = _one(Swap(true, 0, 100, 0, 30, 1, NOW));
        _assertApplied(swaps, _none(), Arguments(abi.encodePacked(ONE), NOW), 70, 0);
    }

    function test_evaluate_fillsTheLargestAmounts() public view {
        Swap[] memory swaps = _one(Swap(false, 0, type(uint128).max, 1, type(uint128).max, 1, NOW));
        int256 most = int256(uint256(type(uint128).max));
        _assertApplied(swaps, Arguments(abi.encodePacked(ONE), NOW), _none(), -most, most);
    }

    /// @dev An offer can be filled by its owner's peer, never by the owner.
    function testFuzz_evaluate_ignoresTheOwnersArguments(
        bool ownerIsLeft,
        bytes memory data
    ) public view {
        Swap[] memory swaps = _one(Swap(ownerIsLeft, 0, 100, 1, 50, 1, NOW));
        Arguments memory own = Arguments(data, NOW);
        Arguments memory none = Arguments("", NOW);
        _assertApplied(swaps, ownerIsLeft ? own : none, ownerIsLeft ? none : own, 0, 0);
    }

    function test_evaluate_givesEachSideItsRatios_inTheOrderOfTheBatch() public view {
        Swap[] memory swaps = new Swap[](4);
        swaps[0] = Swap(true, 0, 1, 1, 0, 1, NOW);
        swaps[1] = Swap(false, 0, 10, 1, 0, 1, NOW);
        swaps[2] = Swap(true, 0, 100, 1, 0, 1, NOW);
        swaps[3] = Swap(false, 0, 1000, 1, 0, 1, NOW);
        Arguments memory first = Arguments(abi.encodePacked(ONE, uint32(0)), NOW);
        Arguments memory second = Arguments(abi.encodePacked(uint32(0), ONE), NOW);
        _assertApplied(swaps, first, second, 100 - 10, 0);
        _assertApplied(swaps, second, first, 1 - 1000, 0);
    }

    function test_evaluate_fillsASwap_whenCommittedInTheLastSecond() public {
        Swap[] memory swaps = _one(Swap(true, 0, 100, 1, 50, 1, NOW));
        vm.warp(NOW + 50);
        _assertApplied(swaps, _none(), Arguments(abi.encodePacked(ONE), NOW), 100, -50);
        _assertApplied(swaps, _none(), Arguments(abi.encodePacked(ONE), NOW + 1), 0, 0);
    }

    /// @dev `above` puts the ratio next to the least one that counts.
    function testFuzz_evaluate_fillsASwap_exactlyFromItsLeastRatioOn(
        uint32 minFill,
        uint8 above
    ) public view {
        uint256 near = uint256(minFill) + (above % 4);
        vm.assume(near >= 2 && near - 2 <= ONE);
        uint32 ratio = uint32(near - 2);
        Swap[] memory swaps = _one(Swap(true, 0, ONE, 1, ONE, minFill, NOW));
        int256 filled = minFill != 0 && ratio >= minFill ? int256(uint256(ratio)) : int256(0);
        _assertApplied(swaps, _none(), Arguments(abi.encodePacked(ratio), NOW), filled, -filled);
    }

    function testFuzz_evaluate_fillsNothing_whereARatioIsNotWholly(uint8 length) public view {
        Swap[] memory swaps = new Swap[](3);
        for (uint256 i; i < 3; ++i) swaps[i] = Swap(true, 0, 1, 1, 1, 1, NOW);
        bytes memory data = new bytes(length % 20);
        for (uint256 i; i < data.length; ++i) data[i] = 0xff;
        int256 whole = int256(data.length / 4 > 3 ? 3 : data.length / 4);
        _assertApplied(swaps, _none(), Arguments(data, NOW), whole, -whole);
    }

    // ─── Pending ────────────────────────────────────────────────────────────────────────────────

    function test_evaluate_isPending_untilFillBy_whenNothingIsCommitted() public {
        Swap[] memory swaps = _one(Swap(true, 0, 100, 1, 50, 1, NOW + 5));
        assert(_pendingUntil(swaps, _none(), _none()) == NOW + 5);
        vm.warp(NOW + 5);
        assert(_pendingUntil(swaps, _none(), _none()) == NOW + 5);
        vm.warp(NOW + 6);
        assert(_pendingUntil(swaps, _none(), _none()) == 0);
    }

    function test_evaluate_isNotPending_onceTheFillerHasCommitted_evenNothing() public view {
        Swap[] memory swaps = _one(Swap(true, 0, 100, 1, 50, 1, NOW + 5));
        assert(_pendingUntil(swaps, _none(), Arguments("", NOW)) == 0);
        assert(_pendingUntil(swaps, Arguments("", NOW), _none()) == NOW + 5);
    }

    function test_evaluate_isNotPending_whenASwapHasNoLeastRatio() public view {
        Swap[] memory swaps = _one(Swap(true, 0, 100, 1, 50, 0, NOW + 5));
        assert(_pendingUntil(swaps, _none(), _none()) == 0);
    }

    function testFuzz_evaluate_isPending_untilTheLastOfAll(
        uint8 payBy,
        uint8 first,
        uint8 second
    ) public view {
        Payment[] memory payments = new Payment[](1);
        payments[0] = Payment(0, 1, keccak256("lock"), NOW + payBy);
        Swap[] memory swaps = new Swap[](2);
        swaps[0] = Swap(true, 0, 1, 1, 1, 1, NOW + first);
        swaps[1] = Swap(false, 0, 1, 1, 1, 1, NOW + second);
        uint256 last = payBy > first ? payBy : first;
        if (second > last) last = second;
        (, uint256 pendingUntil) = provider.evaluate(
            new int256[](2),
            Packed.clause(payments, swaps),
            _none(),
            _none()
        );
        assert(pendingUntil == NOW + last);
    }

    // ─── What is refused ────────────────────────────────────────────────────────────────────────

    function testFuzz_evaluate_reverts_whenADeltaOfASwapIsMissing(
        uint8 add,
        uint8 sub,
        bool filled
    ) public view {
        (add, sub) = (add % 128, sub % 128);
        vm.assume(add >= 2 || sub >= 2);
        Swap[] memory swaps = _one(Swap(true, add, 0, sub, 0, 1, NOW));
        bytes memory batch = Packed.clause(new Payment[](0), swaps);
        Arguments memory right = filled ? Arguments(abi.encodePacked(ONE), NOW) : _none();
        try provider.evaluate(new int256[](2), batch, _none(), right) {
            assert(false);
        } catch (bytes memory reason) {
            assert(bytes4(reason) == SubcontractProvider.DeltaMissing.selector);
        }
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _assertApplied(
        Swap[] memory swaps,
        Arguments memory left,
        Arguments memory right,
        int256 first,
        int256 second
    ) private view {
        bytes memory batch = Packed.clause(new Payment[](0), swaps);
        (int256[] memory applied, ) = provider.evaluate(new int256[](2), batch, left, right);
        assert(applied.length == 2 && applied[0] == first && applied[1] == second);
    }

    function _pendingUntil(
        Swap[] memory swaps,
        Arguments memory left,
        Arguments memory right
    ) private view returns (uint256 pendingUntil) {
        bytes memory batch = Packed.clause(new Payment[](0), swaps);
        (, pendingUntil) = provider.evaluate(new int256[](2), batch, left, right);
    }

    function _one(Swap memory swap) private pure returns (Swap[] memory swaps) {
        swaps = new Swap[](1);
        swaps[0] = swap;
    }

    function _none() private pure returns (Arguments memory) {
        return Arguments("", 0);
    }
}
