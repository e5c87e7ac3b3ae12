// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Allowance,
    Clause,
    DisputeFinalise,
    IDepository,
    Proof,
    ProofBody
} from "../../contracts/interfaces/IDepository.sol";
import {Arguments} from "../../contracts/interfaces/ISubcontractProvider.sol";
import {BombProvider} from "../../contracts/mocks/BombProvider.sol";
import {GasEaterProvider} from "../../contracts/mocks/GasEaterProvider.sol";
import {LyingProvider} from "../../contracts/mocks/LyingProvider.sol";
import {Bodies} from "./support/Bodies.sol";
import {DepositoryWorld} from "./support/DepositoryWorld.sol";
import {vm} from "./support/Vm.sol";

/// @notice Answers with the bytes of its batch, as they are.
contract RawProvider {
    function evaluate(
        int256[] calldata,
        bytes calldata batch,
        Arguments calldata,
        Arguments calldata
    ) external pure returns (int256[] memory, uint256) {
        bytes memory answer = batch;
        assembly ("memory-safe") {
            return(add(answer, 32), mload(answer))
        }
    }
}

/// @notice Takes 40 from left if it was granted all the gas that its batch names, else nothing.
contract MeteringProvider {
    function evaluate(
        int256[] calldata deltas,
        bytes calldata batch,
        Arguments calldata,
        Arguments calldata
    ) external view returns (int256[] memory applied, uint256 pendingUntil) {
        // What it takes to get here.
        uint256 spent = 2_000;
        applied = deltas;
        if (gasleft() + spent >= abi.decode(batch, (uint256))) applied[0] -= 40;
        return (applied, 0);
    }
}

contract DepositoryClauseTest is DepositoryWorld {
    using Bodies for ProofBody;

    bytes32 private constant _SECRET = "secret";

    function setUp() public {
        _createWorld();
        _fund(left, right, 100);
    }

    // ─── Pending ────────────────────────────────────────────────────────────────────────────────

    function test_finalise_appliesAPayment_thatWasRevealedInTime() public {
        uint64 revealBy = uint64(block.timestamp + 100);
        ProofBody memory body = _withPayment(-40, revealBy);
        _start(left, _proof(1, body));
        vm.warp(revealBy);
        subcontract.revealSecret(_SECRET);
        _passDeadline();
        depository.finalise(_finaliseOf(body));
        assert(_reserve(left) == 60 && _reserve(right) == 40);
    }

    function test_finalise_leavesAPaymentOut_thatWasRevealedTooLate() public {
        uint64 revealBy = uint64(block.timestamp + 100);
        ProofBody memory body = _withPayment(-40, revealBy);
        _start(left, _proof(1, body));
        vm.warp(revealBy + 1);
        subcontract.revealSecret(_SECRET);
        _passDeadline();
        depository.finalise(_finaliseOf(body));
        assert(_reserve(left) == 100);
    }

    function test_finalise_reverts_whileAPaymentIsPending() public {
        uint64 revealBy = uint64(block.timestamp + 10 * DAY);
        ProofBody memory body = _withPayment(-40, revealBy);
        _start(left, _proof(1, body));
        DisputeFinalise memory item = _finaliseOf(body);
        vm.warp(revealBy);
        vm.expectRevert(abi.encodeWithSelector(IDepository.ClausePending.selector, revealBy));
        depository.finalise(item);
        subcontract.revealSecret(_SECRET);
        depository.finalise(item);
        assert(_reserve(right) == 40);
    }

    /// @dev The clause's own `until` ends the waiting, whatever the provider says.
    function test_finalise_appliesAPendingClause_afterItsUntil() public {
        uint64 until = uint64(block.timestamp + 2 * DAY);
        int256[] memory applied = new int256[](1);
        applied[0] = -7;
        bytes memory answer = abi.encode(applied, type(uint256).max);
        ProofBody memory body = _body(0).with(
            Bodies.clause(address(new LyingProvider()), until, answer, 1_000)
        );
        _start(left, _proof(1, body));
        DisputeFinalise memory item = _finaliseOf(body);
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IDepository.ClausePending.selector, until));
        depository.finalise(item);
        vm.warp(until + 1);
        depository.finalise(item);
        assert(_reserve(right) == 7);
    }

    /// @dev However late `until` is, no clause holds a channel for longer than this.
    function test_finalise_waitsForNoClause_beyondTheLimit() public {
        ProofBody memory body = _withPayment(-40, type(uint56).max);
        _start(left, _proof(1, body));
        DisputeFinalise memory item = _finaliseOf(body);
        uint256 latest = _channel().deadline + depository.limits().pendingMax;
        vm.warp(latest);
        vm.expectRevert(abi.encodeWithSelector(IDepository.ClausePending.selector, latest));
        depository.finalise(item);
        vm.warp(latest + 1);
        depository.finalise(item);
        assert(_reserve(left) == 100);
    }

    // ─── What a provider may do ─────────────────────────────────────────────────────────────────

    function test_finalise_showsClausesTheDeltaAfterEarlierOnes() public {
        ProofBody memory body = _body(5)
            .with(_answering(-20, 25, 0))
            .with(_answering(-45, 25, 0))
            // Would be within its allowance from the first delta, but not from this one.
            .with(_answering(20, 0, 25));
        _close(body);
        assert(_reserve(left) == 55);
    }

    function test_finalise_believesAProvider_upToTheAllowances() public {
        _close(_body(0).with(_answering(-30, 30, 0)));
        assert(_reserve(left) == 70);
    }

    function test_finalise_changesNothing_oneBeyondTheAllowances() public {
        _close(_body(0).with(_answering(-31, 30, 1_000)).with(_answering(31, 1_000, 30)));
        assert(_reserve(left) == 100);
    }

    function test_finalise_changesNothing_forExtremeAnswers() public {
        uint128 most = type(uint128).max;
        _close(
            _body(type(int128).min).with(_answering(type(int256).max, most, most)).with(
                _answering(type(int256).min, most, most)
            )
        );
        // Left's delta is its deposit of 100 less 2^127: right takes all, and left owes.
        (, , uint256 total) = depository.debtsOf(left.id, tokenId);
        assert(_reserve(right) == 100 && total == (1 << 127) - 100);
    }

    function test_finalise_changesNothing_forAnswersOfTheWrongForm() public {
        address liar = address(new LyingProvider());
        int256[] memory two = new int256[](2);
        ProofBody memory body = _body(0);
        body = body.with(Bodies.clause(liar, 0, abi.encode(two, 0), 1_000));
        body = body.with(Bodies.clause(liar, 0, "not even that", 1_000));
        body = body.with(Bodies.clause(address(0xdead), 0, "", 1_000));
        // A clause behind them is judged like any other.
        body = body.with(_answering(-9, 9, 0));
        _close(body);
        assert(_reserve(left) == 91);
    }

    function test_finalise_changesNothing_forAnAnswerThatIsTooLongOrShiftedOrCutOff() public {
        address raw = address(new RawProvider());
        int256[] memory applied = new int256[](1);
        applied[0] = -30;
        bytes memory right_ = abi.encode(applied, 0);
        bytes memory shifted = abi.encode(0x60, 0, 1, 1, -30);
        bytes memory cutOff = abi.encode(0x40, 0, 1);
        ProofBody memory body = _body(0);
        body = body.with(Bodies.clause(raw, 0, abi.encodePacked(right_, bytes32(0)), 1_000));
        body = body.with(Bodies.clause(raw, 0, shifted, 1_000));
        body = body.with(Bodies.clause(raw, 0, cutOff, 1_000));
        _close(body);
        assert(_reserve(left) == 100);
    }

    function test_finalise_believesTheSameAnswer_inItsRightForm() public {
        int256[] memory applied = new int256[](1);
        applied[0] = -30;
        address raw = address(new RawProvider());
        _close(_body(0).with(Bodies.clause(raw, 0, abi.encode(applied, 0), 1_000)));
        assert(_reserve(left) == 70);
    }

    function test_finalise_survivesProviders_thatSendOrBurnAllTheyCan() public {
        address bomb = address(new BombProvider());
        ProofBody memory body = _body(0);
        body = body.with(Bodies.clause(bomb, 0, abi.encode(50_000, false), 1_000));
        body = body.with(Bodies.clause(bomb, 0, abi.encode(50_000, true), 1_000));
        body = body.with(Bodies.clause(address(new GasEaterProvider()), 0, "", 1_000));
        body = body.with(_answering(-9, 9, 0));
        _close(body);
        assert(_reserve(left) == 91);
    }

    function test_finalise_refusesAllowances_outOfOrderOrBeyondTheTokens() public {
        Clause memory clause = _answering(-30, 30, 0);
        clause.allowances = new Allowance[](2);
        clause.allowances[0] = Allowance(0, 30, 0);
        clause.allowances[1] = Allowance(0, 30, 0);
        _refused(_body(0).with(clause), IDepository.ProofBodyInvalid.selector);
        clause.allowances[1] = Allowance(1, 30, 0);
        _refused(_body(0).with(clause), IDepository.ProofBodyInvalid.selector);
    }

    function test_finalise_refusesBodies_oneBeyondTheirLimits() public {
        bytes4 reason = IDepository.ProofBodyTooLarge.selector;
        Clause memory clause = Bodies.clause(address(subcontract), 0, "", 0);
        ProofBody memory body = _body(0);
        for (uint256 i; i <= depository.limits().bodyClausesMax; ++i) body = body.with(clause);
        _refused(body, reason);

        clause.gasLimit = uint64(depository.limits().bodyGasMax);
        Clause memory last = Bodies.clause(address(subcontract), 0, "", 0);
        last.gasLimit = 1;
        _refused(_body(0).with(clause).with(last), reason);

        clause = Bodies.clause(
            address(subcontract),
            0,
            new bytes(depository.limits().bodyBytesMax),
            0
        );
        last.batch = "x";
        _refused(_body(0).with(clause).with(last), reason);
    }

    /// @dev Whoever finalises must not choose the outcome by sending little gas along.
    function testFuzz_finalise_givesClausesTheirGas_orReverts(uint256 gasLimit) public {
        uint256 grant = depository.limits().bodyGasMax;
        gasLimit = gasLimit % (2 * grant);
        address meter = address(new MeteringProvider());
        Clause memory clause = Bodies.clause(meter, 0, abi.encode(grant), 1_000);
        clause.gasLimit = uint64(grant);
        ProofBody memory body = _body(0).with(clause);
        _start(left, _proof(1, body));
        DisputeFinalise memory item = _finaliseOf(body);
        _passDeadline();
        try depository.finalise{gas: gasLimit}(item) {
            assert(_reserve(right) == 40);
        } catch {
            assert(_channel().deadline != 0);
        }
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _withPayment(int128 amount, uint64 revealBy) private view returns (ProofBody memory) {
        return _body(0).with(Bodies.payment(address(subcontract), amount, _SECRET, revealBy));
    }

    /// @dev A clause whose provider answers that the delta is now `delta`.
    function _answering(
        int256 delta,
        uint128 down,
        uint128 up
    ) private returns (Clause memory made) {
        int256[] memory applied = new int256[](1);
        applied[0] = delta;
        made = Bodies.clause(address(new LyingProvider()), 0, abi.encode(applied, 0), 0);
        made.allowances[0] = Allowance(0, down, up);
    }

    function _close(ProofBody memory body) private {
        _start(left, _proof(1, body));
        _finalise(right, body);
    }

    function _refused(ProofBody memory body, bytes4 reason) private {
        Proof memory proof = _proof(uint48(_channel().standingNonce / 2) + 1, body);
        _start(left, proof);
        DisputeFinalise memory item = _finaliseOf(body);
        _passDeadline();
        vm.expectRevert(abi.encodePacked(reason));
        depository.finalise(item);
        vm.warp(_channel().deadline - 1);
    }
}
