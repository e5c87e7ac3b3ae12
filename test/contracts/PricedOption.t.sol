// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Option, PricedOption} from "../../contracts/examples/PricedOption.sol";
import {
    Batch,
    DisputeArguments,
    DisputeFinalise,
    IDepository,
    ProofBody
} from "../../contracts/interfaces/IDepository.sol";
import {Arguments} from "../../contracts/interfaces/ISubcontractProvider.sol";
import {Bodies} from "./support/Bodies.sol";
import {DepositoryWorld} from "./support/DepositoryWorld.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice A foreign provider before the court: left has written a call of 2 at 100, right holds it.
contract PricedOptionTest is DepositoryWorld {
    using Bodies for ProofBody;

    uint256 private constant _ORACLE = 77;
    uint128 private constant _CAP = 60;
    uint64 private expiry;
    PricedOption private options;

    function setUp() public {
        _createWorld();
        _fund(left, right, 100);
        expiry = uint64(block.timestamp + 50);
        options = new PricedOption();
    }

    // ─── Before the court ───────────────────────────────────────────────────────────────────────

    function test_finalise_paysAnOption_byTheOraclesPrice() public {
        ProofBody memory body = _withOption(_call());
        _start(left, _proof(1, body));
        _commit(body, _evidence(_ORACLE, expiry, 120));
        _close(body, _evidence(_ORACLE, expiry, 120));
        assert(_reserve(left) == 60 && _reserve(right) == 40);
    }

    function test_finalise_paysNothing_whenTheHolderStaysSilent() public {
        ProofBody memory body = _withOption(_call());
        _start(left, _proof(1, body));
        _close(body, "");
        assert(_reserve(left) == 100);
    }

    function test_finalise_waitsForTheHolder() public {
        Option memory option = _call();
        option.settleBy = uint64(block.timestamp + 10 * DAY);
        ProofBody memory body = _withOption(option);
        _start(left, _proof(1, body));
        _passDeadline();
        DisputeFinalise memory item = _finaliseOf(body);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.ClausePending.selector, option.settleBy)
        );
        depository.finalise(item);
    }

    // ─── What it is worth ───────────────────────────────────────────────────────────────────────

    function test_valueAt_isTheGain_upToTheCap() public view {
        Option memory option = _call();
        assert(options.valueAt(option, 100) == 0 && options.valueAt(option, 99) == 0);
        assert(options.valueAt(option, 101) == 2 && options.valueAt(option, 129) == 58);
        assert(options.valueAt(option, 130) == 60 && options.valueAt(option, 131) == 60);
        option.isPut = true;
        assert(options.valueAt(option, 100) == 0 && options.valueAt(option, 101) == 0);
        assert(options.valueAt(option, 99) == 2 && options.valueAt(option, 0) == 60);
    }

    function testFuzz_valueAt_neverExceedsItsCap(
        uint128 size,
        uint128 strike,
        uint128 cap,
        uint128 price,
        bool isPut
    ) public view {
        Option memory option = _call();
        (option.size, option.strike, option.cap, option.isPut) = (size, strike, cap, isPut);
        assert(options.valueAt(option, price) <= cap);
    }

    function test_evaluate_movesTheDelta_towardsTheHolder() public view {
        Option memory option = _call();
        _assertPaid(option, _evidence(_ORACLE, expiry, 120), -40);
        option.holderIsLeft = true;
        _assertPaid(option, _evidence(_ORACLE, expiry, 120), 40);
    }

    /// @dev The house's clauses read from the front of the same arguments.
    function test_evaluate_readsItsEvidence_fromTheEnd() public view {
        bytes memory after_ = bytes.concat(hex"ffffffff01020304", _evidence(_ORACLE, expiry, 120));
        _assertPaid(_call(), after_, -40);
    }

    // ─── What does not count ────────────────────────────────────────────────────────────────────

    function test_evaluate_paysNothing_forAPriceOfSomethingElse() public view {
        _assertPaid(_call(), _evidence(_ORACLE + 1, expiry, 120), 0);
        _assertPaid(_call(), _evidence(_ORACLE, expiry - 1, 120), 0);
        Option memory other = _call();
        other.feed = "another feed";
        _assertPaid(other, _evidence(_ORACLE, expiry, 120), 0);
        bytes memory changed = _evidence(_ORACLE, expiry, 120);
        changed[15] = bytes1(uint8(121));
        _assertPaid(_call(), changed, 0);
    }

    function test_evaluate_paysNothing_forAnOracleThatIsNobody() public view {
        Option memory option = _call();
        option.oracle = address(0);
        _assertPaid(option, new bytes(options.EVIDENCE_BYTES()), 0);
    }

    function testFuzz_evaluate_paysNothing_forOtherBytes(bytes memory data) public view {
        _assertPaid(_call(), data, 0);
    }

    function test_evaluate_paysNothing_whenShownAfterSettleBy() public view {
        Option memory option = _call();
        Arguments memory late = Arguments(_evidence(_ORACLE, expiry, 120), option.settleBy + 1);
        (int256[] memory applied, uint256 pendingUntil) = _evaluate(option, late);
        assert(applied[0] == 0 && pendingUntil == 0);
    }

    function test_evaluate_isPending_untilTheHolderHasSpoken() public {
        Option memory option = _call();
        (, uint256 pendingUntil) = _evaluate(option, Arguments("", 0));
        assert(pendingUntil == option.settleBy);
        vm.warp(option.settleBy + 1);
        (, pendingUntil) = _evaluate(option, Arguments("", 0));
        assert(pendingUntil == 0);
    }

    function test_evaluate_reverts_whenTheDeltaIsMissing_whateverThePrice() public {
        Option memory option = _call();
        option.deltaIndex = 1;
        vm.expectRevert(abi.encodeWithSelector(PricedOption.DeltaMissing.selector, 1));
        _evaluate(option, Arguments("", 0));
    }

    // ─── Inside ─────────────────────────────────────────────────────────────────────────────────

    function _call() private view returns (Option memory) {
        return
            Option({
                holderIsLeft: false,
                isPut: false,
                deltaIndex: 0,
                size: 2e18,
                strike: 100,
                cap: _CAP,
                expiry: expiry,
                settleBy: expiry + 100,
                oracle: vm.addr(_ORACLE),
                feed: "ETH/USD"
            });
    }

    function _withOption(Option memory option) private view returns (ProofBody memory) {
        bytes memory batch = abi.encode(option);
        return _body(0).with(Bodies.clause(address(options), option.settleBy, batch, _CAP));
    }

    function _evidence(
        uint256 oracle,
        uint64 second,
        uint128 price
    ) private view returns (bytes memory) {
        bytes32 digest = options.priceDigest("ETH/USD", second, price);
        return abi.encodePacked(price, Signing.ecdsa(oracle, digest));
    }

    function _commit(ProofBody memory body, bytes memory data) private {
        Batch memory batch;
        batch.arguments = new DisputeArguments[](1);
        batch.arguments[0].peer = left.id;
        batch.arguments[0].proofBodyHash = keccak256(abi.encode(body));
        batch.arguments[0].data = data;
        _runWhole(right, batch);
    }

    function _close(ProofBody memory body, bytes memory data) private {
        _passDeadline();
        DisputeFinalise memory item = _finaliseOf(body);
        item.rightArguments = data;
        depository.finalise(item);
    }

    function _assertPaid(Option memory option, bytes memory data, int256 delta) private view {
        Arguments memory given = Arguments(data, option.settleBy);
        (int256[] memory applied, uint256 pendingUntil) = _evaluate(option, given);
        assert(applied[0] == delta && pendingUntil == 0);
    }

    function _evaluate(
        Option memory option,
        Arguments memory holder
    ) private view returns (int256[] memory, uint256) {
        Arguments memory other = Arguments("", 0);
        return
            options.evaluate(
                new int256[](1),
                abi.encode(option),
                option.holderIsLeft ? holder : other,
                option.holderIsLeft ? other : holder
            );
    }
}
