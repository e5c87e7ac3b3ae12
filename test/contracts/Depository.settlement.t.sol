// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    ChannelState,
    Forgiveness,
    IDepository,
    Poster,
    ProofBody,
    Settlement,
    TokenDiff
} from "../../contracts/interfaces/IDepository.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {TokenId} from "../../contracts/types/Ids.sol";
import {Actor, DepositoryWorld} from "./support/DepositoryWorld.sol";
import {vm} from "./support/Vm.sol";

contract DepositorySettlementTest is DepositoryWorld {
    function setUp() public {
        _createWorld();
        _fund(left, right, 100);
    }

    function test_settle_movesCollateralToReserves() public {
        _settle(left, _settlement(left, _diff(60, 40, -100, -100)));
        assert(_reserve(left) == 60 && _reserve(right) == 40);
        assert(_held().collateral == 0 && _held().ondelta == 0);
        assert(_channel().cooperativeNonce == 1);
    }

    function test_settle_movesReservesToCollateral() public {
        _deposit(right, 50);
        _settle(right, _settlement(right, _diff(0, -50, 50, 20)));
        assert(_reserve(right) == 0);
        assert(_held().collateral == 150 && _held().ondelta == 120);
    }

    function test_settle_movesFromReserveToReserve() public {
        _deposit(left, 50);
        _settle(right, _settlement(right, _diff(-50, 50, 0, -7)));
        assert(_reserve(left) == 0 && _reserve(right) == 50 && _held().ondelta == 93);
    }

    function test_settle_endsADispute_andVoidsItsProofs() public {
        ProofBody memory body = _body(-40);
        _start(left, _proof(1, body));
        _settle(right, _settlement(right, _diff(0, 0, 0, 0)));
        ChannelState memory channel = _channel();
        assert(channel.deadline == 0 && channel.standingNonce == 0 && channel.startHeight == 0);
        assert(!channel.startedByLeft && channel.poster == Poster.Anyone);
        assert(channel.proofBodyHash == 0 && channel.cooperativeNonce == 1);
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IDepository.NoDispute.selector, left.id, right.id));
        depository.finalise(_finaliseOf(body));
    }

    function test_settle_isSkipped_whenItsNoncesAreWrong() public {
        Settlement memory item = _settlement(left, _diff(60, 40, -100, -100));
        item.cooperativeNonce = 1;
        _refused(item, IDepository.CooperativeNonceWrong.selector);
        item.cooperativeNonce = 0;
        item.newNonce = 0;
        _refused(item, IDepository.NewNonceInvalid.selector);
        item.newNonce = 1 << 32;
        _refused(item, IDepository.NewNonceInvalid.selector);
        item.newNonce = type(uint32).max;
        _signSettlement(left, item);
        _settle(left, item);
        assert(_channel().cooperativeNonce == type(uint32).max);
    }

    function test_settle_isSkipped_afterItsDeadline() public {
        Settlement memory item = _settlement(left, _diff(60, 40, -100, -100));
        vm.warp(item.deadline + 1);
        _refused(item, IDepository.DeadlinePassed.selector);
        vm.warp(item.deadline);
        _settle(left, item);
    }

    function test_settle_isSkipped_whenThePeerHasNotSignedIt() public {
        Settlement memory item = _settlement(left, _diff(60, 40, -100, -100));
        item.diffs[0].leftDiff = 61;
        item.diffs[0].rightDiff = 39;
        _skipped(item, IDepository.SignatureInvalid.selector);
    }

    function test_settle_isSkipped_againstItself() public {
        Settlement memory item = _settlement(left, new TokenDiff[](0));
        item.peer = left.id;
        _skipped(item, IDepository.SelfChannel.selector);
    }

    function test_settle_isSkipped_whenItsDiffsDoNotFit() public {
        _refused(_settlement(left, _diff(61, 40, -100, 0)), IDepository.DiffsNotBalanced.selector);
        _refused(
            _settlement(left, _diff(61, 40, -101, 0)),
            IDepository.CollateralExceeded.selector
        );
        _refused(
            _settlement(left, _diff(100, 0, -100, type(int128).max)),
            IDepository.OndeltaOutOfRange.selector
        );
        _refused(_settlement(left, _diff(-1, 0, 1, 0)), IDepository.ReserveExceeded.selector);
    }

    /// @dev Two huge diffs whose sum wraps around to what the collateral gives.
    function test_settle_isSkipped_whenItsSumWouldWrap() public {
        int256 half = type(int256).max;
        _refused(_settlement(left, _diff(half, half, 2, 0)), IDepository.AmountTooLarge.selector);
        _refused(_settlement(left, _diff(half, 1, 0, 0)), IDepository.AmountTooLarge.selector);
        _refused(_settlement(left, _diff(1, half, 0, 0)), IDepository.AmountTooLarge.selector);
        int256 least = type(int256).min;
        _refused(_settlement(left, _diff(least, least, 0, 0)), IDepository.AmountTooLarge.selector);
        _refused(_settlement(left, _diff(0, 0, 0, least)), IDepository.OndeltaOutOfRange.selector);
    }

    function test_settle_isSkipped_whenATokenComesTwice() public {
        TokenDiff[] memory diffs = new TokenDiff[](2);
        diffs[0] = TokenDiff(tokenId, 60, 0, -60, 0);
        diffs[1] = TokenDiff(tokenId, 60, 0, -60, 0);
        _refused(_settlement(left, diffs), IDepository.TokensInvalid.selector);
    }

    function test_settle_movesSeveralTokens_orNone() public {
        (TestToken other, TokenId otherId) = _newToken();
        other.mint(address(this), 10);
        depository.deposit(left.id, otherId, 10);
        TokenDiff[] memory diffs = new TokenDiff[](2);
        bool first = otherId < tokenId;
        diffs[first ? 0 : 1] = TokenDiff(otherId, -10, 10, 0, 0);
        diffs[first ? 1 : 0] = TokenDiff(tokenId, 101, 0, -101, 0);
        _refused(_settlement(left, diffs), IDepository.CollateralExceeded.selector);
        assert(depository.reserveOf(left.id, otherId) == 10);

        diffs[first ? 1 : 0] = TokenDiff(tokenId, 100, 0, -100, 0);
        _settle(left, _settlement(left, diffs));
        assert(depository.reserveOf(right.id, otherId) == 10 && _reserve(left) == 100);
    }

    // ─── Debts ──────────────────────────────────────────────────────────────────────────────────

    /// @dev Right owes left 50 as entry 0 of its queue.
    function _makeDebt() private {
        _start(right, _proof(1, _body(50)));
        _passDeadline();
        depository.finalise(_finaliseOf(_body(50)));
        (, , uint256 total) = depository.debtsOf(right.id, tokenId);
        assert(total == 50);
    }

    function test_settle_isSkipped_whenItWouldSpendBesideADebt() public {
        _makeDebt();
        _deposit(right, 49);
        _refused(_settlement(left, _diff(1, -1, 0, 0)), IDepository.DebtUnpaid.selector);
        assert(_reserve(right) == 49);
        _deposit(right, 2);
        _settle(left, _settlement(left, _diff(1, -1, 0, 0)));
        assert(_reserve(right) == 0 && _reserve(left) == 151);
    }

    function test_settle_forgivesBeforeItSpends() public {
        _makeDebt();
        _deposit(right, 20);
        Settlement memory item = _settlement(left, _diff(20, -20, 0, 0));
        item.forgiveness = new Forgiveness[](1);
        item.forgiveness[0] = Forgiveness(tokenId, false, 0);
        _signSettlement(left, item);
        _settle(left, item);
        (, , uint256 total) = depository.debtsOf(right.id, tokenId);
        assert(total == 0 && _reserve(right) == 0 && _reserve(left) == 120);
    }

    function test_settle_forgivesNothing_whenItIsSkipped() public {
        _makeDebt();
        Settlement memory item = _settlement(left, _diff(20, -20, 0, 0));
        item.forgiveness = new Forgiveness[](1);
        item.forgiveness[0] = Forgiveness(tokenId, false, 0);
        _refused(item, IDepository.ReserveExceeded.selector);
        (, , uint256 total) = depository.debtsOf(right.id, tokenId);
        assert(total == 50);
    }

    function test_settle_isSkipped_whenItForgivesWhatIsNotThere() public {
        _makeDebt();
        Settlement memory item = _settlement(left, new TokenDiff[](0));
        item.forgiveness = new Forgiveness[](1);
        item.forgiveness[0] = Forgiveness(tokenId, true, 0);
        _refused(item, IDepository.DebtNotBetween.selector);
        item.forgiveness[0] = Forgiveness(tokenId, false, 1);
        _refused(item, IDepository.DebtNotBetween.selector);

        // The same debt twice would count twice against what is owed.
        item.forgiveness = new Forgiveness[](2);
        item.forgiveness[0] = Forgiveness(tokenId, false, 0);
        item.forgiveness[1] = Forgiveness(tokenId, false, 0);
        _refused(item, IDepository.DebtNotBetween.selector);
    }

    /// @dev Right owes left twice, left owes right once, and right owes left in another token.
    function test_settle_forgivesTheDebtsOfBothSides_inTheirOrderOnly() public {
        (, TokenId otherId) = _newToken();
        _owe(tokenId, 50);
        _owe(tokenId, 30);
        _owe(tokenId, -170);
        _owe(otherId, 5);
        assert(_reserve(left) == 0 && _reserve(right) == 100);
        assert(_owed(left, tokenId) == 70 && _owed(right, tokenId) == 80);

        Settlement memory item = _settlement(left, _diff(100, -100, 0, 0));
        item.forgiveness = new Forgiveness[](4);
        uint256 first = otherId < tokenId ? 1 : 0;
        item.forgiveness[first] = Forgiveness(tokenId, false, 0);
        item.forgiveness[first + 1] = Forgiveness(tokenId, false, 1);
        item.forgiveness[first + 2] = Forgiveness(tokenId, true, 0);
        item.forgiveness[first == 0 ? 3 : 0] = Forgiveness(otherId, false, 0);
        for (uint256 i = 1; i < 4; ++i) {
            _swap(item.forgiveness, i);
            _refused(item, IDepository.DebtNotBetween.selector);
            _swap(item.forgiveness, i);
        }

        _signSettlement(left, item);
        _settle(left, item);
        assert(_owed(left, tokenId) == 0 && _owed(right, tokenId) == 0);
        assert(_owed(right, otherId) == 0 && _reserve(left) == 100 && _reserve(right) == 0);
    }

    /// @dev What left forgives right is no reason to let left spend, nor the debt of another token.
    function test_settle_countsWhatIsForgiven_forItsOwnDebtorAndToken() public {
        (, TokenId otherId) = _newToken();
        _owe(otherId, 80);
        _owe(tokenId, 180);
        _deposit(right, 79);
        Settlement memory item = _settlement(left, _diff(1, -1, 0, 0));
        item.forgiveness = new Forgiveness[](1);
        item.forgiveness[0] = Forgiveness(otherId, false, 0);
        _refused(item, IDepository.DebtUnpaid.selector);
        item.forgiveness[0] = Forgiveness(tokenId, false, 0);
        _signSettlement(left, item);
        _settle(left, item);
        assert(_owed(right, otherId) == 80 && _reserve(right) == 78);
    }

    /// @dev A dispute about `id` with nothing but `offdelta` between the two.
    function _owe(TokenId id, int128 offdelta) private {
        ProofBody memory body = _body(offdelta);
        body.tokenIds[0] = id;
        _start(right, _proof(1, body));
        _passDeadline();
        depository.finalise(_finaliseOf(body));
    }

    function _owed(Actor memory debtor, TokenId id) private view returns (uint256 total) {
        (, , total) = depository.debtsOf(debtor.id, id);
    }

    /// @dev Puts an entry in the place of the one before it.
    function _swap(Forgiveness[] memory list, uint256 i) private pure {
        (list[i - 1], list[i]) = (list[i], list[i - 1]);
    }

    // ─── Amounts ────────────────────────────────────────────────────────────────────────────────

    function test_settle_fillsTheCollateral_andIsSkippedOneBeyond() public {
        uint256 room = type(uint128).max - 100;
        _deposit(right, room + 1);
        int256 most = int256(room);
        _refused(
            _settlement(left, _diff(0, -most - 1, most + 1, 0)),
            IDepository.AmountTooLarge.selector
        );
        _settle(left, _settlement(left, _diff(0, -most, most, 0)));
        assert(_held().collateral == type(uint128).max && _reserve(right) == 1);
    }

    function test_settle_isSkipped_whenAReserveWouldHoldTooMuch() public {
        bytes4 reason = IDepository.AmountTooLarge.selector;
        _deposit(left, type(uint248).max);
        _refused(_settlement(left, _diff(1, 0, -1, 0)), reason);
        _deposit(right, type(uint248).max);
        _refused(_settlement(left, _diff(0, 1, -1, 0)), reason);
        assert(_held().collateral == 100);
    }

    function test_settle_movesTheOndelta_toItsLimits_andIsSkippedOneBeyond() public {
        int256 up = type(int128).max - 100;
        bytes4 reason = IDepository.OndeltaOutOfRange.selector;
        _refused(_settlement(left, _diff(0, 0, 0, up + 1)), reason);
        _settle(left, _settlement(left, _diff(0, 0, 0, up)));
        assert(_held().ondelta == type(int128).max);

        int256 down = int256(type(int128).min) - type(int128).max;
        _refused(_settlement(left, _diff(0, 0, 0, down - 1)), reason);
        _settle(left, _settlement(left, _diff(0, 0, 0, down)));
        assert(_held().ondelta == type(int128).min && _held().collateral == 100);
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    /// @dev Signs `item` as it is, and expects that left's batch skips it.
    function _refused(Settlement memory item, bytes4 reason) private {
        _signSettlement(left, item);
        _skipped(item, reason);
    }

    function _skipped(Settlement memory item, bytes4 reason) private {
        Batch memory batch;
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = item;
        _runSkipping(left, batch, 0, reason);
    }
}
