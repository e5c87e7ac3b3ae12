// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    Collateral,
    Funding,
    IDepository,
    TopUp,
    Transfer,
    Withdrawal
} from "../../contracts/interfaces/IDepository.sol";
import {IUndoable} from "../../contracts/interfaces/IUndoable.sol";
import {FeeToken} from "../../contracts/mocks/FeeToken.sol";
import {GasEaterToken} from "../../contracts/mocks/GasEaterToken.sol";
import {NoReturnToken} from "../../contracts/mocks/NoReturnToken.sol";
import {ReentrantToken} from "../../contracts/mocks/ReentrantToken.sol";
import {RevertingToken} from "../../contracts/mocks/RevertingToken.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {TollToken} from "../../contracts/mocks/TollToken.sol";
import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {Actor, DepositoryWorld} from "./support/DepositoryWorld.sol";
import {vm} from "./support/Vm.sol";

/// @notice Refuses ether.
contract Closed {
    error NoThanks();

    receive() external payable {
        revert NoThanks();
    }
}

contract DepositoryReserveTest is DepositoryWorld {
    TokenId private constant _ETHER = TokenId.wrap(0);
    address private constant _OUTSIDE = address(0xbeef);

    function setUp() public {
        _createWorld();
    }

    // ─── Deposits ───────────────────────────────────────────────────────────────────────────────

    function test_deposit_creditsAnyEntity() public {
        _deposit(left, 70);
        assert(_reserve(left) == 70 && token.balanceOf(address(depository)) == 70);
    }

    function test_deposit_takesEther() public {
        depository.deposit{value: 5}(left.id, _ETHER, 5);
        assert(depository.reserveOf(left.id, _ETHER) == 5 && address(depository).balance == 5);
    }

    function test_deposit_reverts_whenTheValueIsWrong() public {
        vm.expectRevert(abi.encodeWithSelector(IDepository.ValueWrong.selector, 4, 5));
        depository.deposit{value: 4}(left.id, _ETHER, 5);
        token.mint(address(this), 5);
        vm.expectRevert(abi.encodeWithSelector(IDepository.ValueWrong.selector, 1, 0));
        depository.deposit{value: 1}(left.id, tokenId, 5);
        vm.expectRevert(abi.encodeWithSelector(IDepository.AmountZero.selector));
        depository.deposit(left.id, tokenId, 0);
    }

    function test_deposit_creditsWhatArrived() public {
        FeeToken fee = new FeeToken();
        TokenId id = _prepare(TestToken(address(fee)));
        depository.deposit(left.id, id, 100);
        assert(depository.reserveOf(left.id, id) == 99);
    }

    function test_deposit_takesTokensThatReturnNothing() public {
        NoReturnToken silent = new NoReturnToken();
        TokenId id = _prepare(TestToken(address(silent)));
        depository.deposit(left.id, id, 100);
        assert(depository.reserveOf(left.id, id) == 100);
        _withdraw(left, id, _OUTSIDE, 40);
        assert(silent.balanceOf(_OUTSIDE) == 40 && depository.reserveOf(left.id, id) == 60);
    }

    function test_deposit_reverts_whenTheTokenIsNone() public {
        TokenId nobody = _erc20(address(0xdead));
        vm.expectRevert(abi.encodeWithSelector(IDepository.TokenInvalid.selector, nobody));
        depository.deposit(left.id, nobody, 1);
        TokenId kind2 = TokenId.wrap(bytes32((uint256(2) << 248) | uint160(address(token))));
        vm.expectRevert(abi.encodeWithSelector(IDepository.TokenInvalid.selector, kind2));
        depository.deposit(left.id, kind2, 1);
        TokenId dirty = TokenId.wrap(TokenId.unwrap(tokenId) | bytes32(uint256(1) << 160));
        vm.expectRevert(abi.encodeWithSelector(IDepository.TokenInvalid.selector, dirty));
        depository.deposit(left.id, dirty, 1);
    }

    function test_deposit_reverts_whenTheTokenReturnsFalse() public {
        RevertingToken stop = new RevertingToken();
        TokenId id = _prepare(TestToken(address(stop)));
        stop.setMode(RevertingToken.Mode.ReturnsFalse);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDepository.TransferFailed.selector,
                id,
                address(depository),
                100
            )
        );
        depository.deposit(left.id, id, 100);
    }

    /// @dev A worthless token must not be able to fill a reserve so far that finalising overflows.
    function test_deposit_reverts_whenTheReserveWouldBeNearItsEnd() public {
        uint256 most = type(uint248).max;
        token.mint(address(this), most + 1);
        depository.deposit(left.id, tokenId, most);
        vm.expectRevert(abi.encodeWithSelector(IDepository.AmountTooLarge.selector, tokenId, 1));
        depository.deposit(left.id, tokenId, 1);
    }

    function test_deposit_cannotBeEnteredAgain() public {
        ReentrantToken again = new ReentrantToken();
        TokenId id = _prepare(TestToken(address(again)));
        again.setCall(
            address(depository),
            abi.encodeCall(IDepository.deposit, (right.id, _ETHER, 1))
        );
        depository.deposit(left.id, id, 100);
        assert(!again.succeeded());
        assert(bytes4(again.answer()) == IDepository.Reentered.selector);
        again.setCall(address(depository), abi.encodeCall(IDepository.reserveOf, (left.id, id)));
        depository.deposit(left.id, id, 100);
        assert(again.succeeded());
    }

    // ─── Withdrawals ────────────────────────────────────────────────────────────────────────────

    function test_withdraw_paysOut() public {
        _deposit(left, 100);
        _withdraw(left, tokenId, _OUTSIDE, 30);
        assert(token.balanceOf(_OUTSIDE) == 30 && _reserve(left) == 70);
    }

    function test_withdraw_paysOutEther() public {
        depository.deposit{value: 5}(left.id, _ETHER, 5);
        _withdraw(left, _ETHER, _OUTSIDE, 3);
        assert(_OUTSIDE.balance == 3 && depository.reserveOf(left.id, _ETHER) == 2);
    }

    function test_withdraw_isSkipped_whenTheReceiverRefuses() public {
        depository.deposit{value: 5}(left.id, _ETHER, 5);
        address closed = address(new Closed());
        _skipsWithdrawal(_ETHER, closed, 5, IDepository.TransferFailed.selector);
    }

    function test_withdraw_isSkipped_whenTheTokenFails() public {
        RevertingToken stop = new RevertingToken();
        TokenId id = _prepare(TestToken(address(stop)));
        depository.deposit(left.id, id, 100);
        stop.setMode(RevertingToken.Mode.Reverts);
        _skipsWithdrawal(id, _OUTSIDE, 100, IDepository.TransferFailed.selector);
        stop.setMode(RevertingToken.Mode.ReturnsFalse);
        _skipsWithdrawal(id, _OUTSIDE, 100, IDepository.TransferFailed.selector);
    }

    function test_withdraw_isSkipped_whenTheTokenEatsItsGas() public {
        GasEaterToken eater = new GasEaterToken();
        TokenId id = _prepare(TestToken(address(eater)));
        depository.deposit(left.id, id, 100);
        eater.setHungry(true);
        _skipsWithdrawal(id, _OUTSIDE, 100, IDepository.TransferFailed.selector);
    }

    function test_withdraw_isUndone_whenItCostsMoreThanItsAmount() public {
        TollToken tolled = new TollToken();
        TokenId id = _prepare(TestToken(address(tolled)));
        depository.deposit(left.id, id, 100);
        tolled.setToll(1);
        _skipsWithdrawal(id, _OUTSIDE, 50, IDepository.WithdrawalCostsMore.selector);
        assert(tolled.balanceOf(_OUTSIDE) == 0 && tolled.balanceOf(address(depository)) == 100);
    }

    function test_withdraw_isSkipped_whenItWouldPayTheDepository() public {
        _deposit(left, 100);
        _skipsWithdrawal(tokenId, address(depository), 50, IDepository.TransferFailed.selector);
    }

    function test_withdraw_isSkipped_whenTheReserveIsShort() public {
        _deposit(left, 100);
        _skipsWithdrawal(tokenId, _OUTSIDE, 101, IDepository.ReserveExceeded.selector);
    }

    function test_withdraw_revertsTheBatch_whenItIsNothing() public {
        bytes memory zero = abi.encodeWithSelector(IDepository.AmountZero.selector);
        _runReverting(left, _withdrawal(tokenId, _OUTSIDE, 0), zero);
    }

    function test_withdraw_revertsAnAtomicBatch_whenItFails() public {
        _deposit(left, 100);
        Batch memory batch = _withdrawal(tokenId, _OUTSIDE, 101);
        batch.atomic = true;
        _runReverting(
            left,
            batch,
            abi.encodeWithSelector(
                IDepository.BatchItemFailed.selector,
                0,
                IDepository.ReserveExceeded.selector
            )
        );
        assert(depository.batchNonce(left.id) == 0);
    }

    function test_payOut_reverts_forEverybodyElse() public {
        _deposit(left, 100);
        vm.expectRevert(abi.encodeWithSelector(IUndoable.NotSelf.selector, address(this)));
        depository.payOut(left.id, Withdrawal(tokenId, _OUTSIDE, 1));
    }

    /// @dev The nonce of the batch is part of the state that a token may see in the middle of one.
    function test_withdraw_cannotEnterAgain() public {
        ReentrantToken again = new ReentrantToken();
        TokenId id = _prepare(TestToken(address(again)));
        depository.deposit(left.id, id, 100);
        again.setCall(
            address(depository),
            abi.encodeCall(IDepository.enforceDebts, (left.id, id, 1))
        );
        _withdraw(left, id, _OUTSIDE, 30);
        assert(!again.succeeded());
        assert(bytes4(again.answer()) == IDepository.Reentered.selector);
    }

    // ─── Transfers and fundings ─────────────────────────────────────────────────────────────────

    function test_transfer_movesFromReserveToReserve() public {
        _deposit(left, 100);
        _runWhole(left, _transfer(right.id, 30));
        assert(_reserve(left) == 70 && _reserve(right) == 30);
        _runWhole(left, _transfer(left.id, 30));
        assert(_reserve(left) == 70);
    }

    function test_transfer_isSkipped_whenTheReserveIsShort() public {
        _deposit(left, 100);
        _runSkipping(left, _transfer(right.id, 101), 0, IDepository.ReserveExceeded.selector);
        assert(_reserve(left) == 100 && depository.batchNonce(left.id) == 1);
    }

    function test_transfer_isSkipped_whenTheReceiverWouldHoldTooMuch() public {
        _deposit(left, type(uint248).max);
        _deposit(right, 1);
        _runSkipping(
            left,
            _transfer(right.id, type(uint248).max),
            0,
            IDepository.AmountTooLarge.selector
        );
    }

    function test_fund_raisesOndelta_onlyForLeft() public {
        _fund(left, right, 100);
        assert(_held().collateral == 100 && _held().ondelta == 100);
        _fund(right, left, 30);
        assert(_held().collateral == 130 && _held().ondelta == 100);
    }

    function test_fund_paysForOthersChannels() public {
        _deposit(stranger, 100);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = _funding(left, right, 60);
        _runWhole(stranger, batch);
        assert(_held().collateral == 60 && _held().ondelta == 60 && _reserve(stranger) == 40);
    }

    function test_fund_fillsManyChannels_andOneTwice() public {
        _deposit(left, 100);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        TopUp[] memory topUps = new TopUp[](3);
        topUps[0] = TopUp(right.id, 10);
        topUps[1] = TopUp(stranger.id, 20);
        topUps[2] = TopUp(right.id, 30);
        batch.fundings[0] = Funding(tokenId, left.id, topUps);
        _runWhole(left, batch);
        assert(_held().collateral == 40 && _held().ondelta == 40 && _reserve(left) == 40);
        assert(_heldBy(left.id, stranger.id).collateral == 20);
    }

    function test_fund_isSkipped_whenTheChannelWouldHoldTooMuch() public {
        _fund(right, left, type(uint128).max);
        _deposit(left, 100);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = _funding(left, right, 1);
        _runSkipping(left, batch, 0, IDepository.AmountTooLarge.selector);
        assert(_reserve(left) == 100);
    }

    function test_fund_isSkipped_whenOndeltaWouldBeTooLarge() public {
        _fund(left, right, uint128(type(int128).max));
        _deposit(left, 100);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = _funding(left, right, 1);
        _runSkipping(left, batch, 0, IDepository.OndeltaOutOfRange.selector);
    }

    /// @dev The amount alone does not fit an int128, the sum does. Found by the model of the contracts.
    function test_fund_raisesANegativeOndelta_byMoreThanAnInt128Holds() public {
        _settle(left, _settlement(left, _diff(0, 0, 0, -1)));
        uint128 amount = 1 << 127;
        _fund(left, right, amount);
        assert(_held().collateral == amount && _held().ondelta == type(int128).max);
    }

    function test_fund_revertsTheBatch_forAChannelWithItself() public {
        _deposit(left, 100);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = _funding(left, left, 1);
        _runReverting(
            left,
            batch,
            abi.encodeWithSelector(IDepository.SelfChannel.selector, left.id)
        );
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _prepare(TestToken made) private returns (TokenId) {
        made.mint(address(this), 1_000);
        made.approve(address(depository), type(uint256).max);
        return _erc20(address(made));
    }

    function _withdrawal(
        TokenId id,
        address to,
        uint256 amount
    ) private pure returns (Batch memory batch) {
        batch.withdrawals = new Withdrawal[](1);
        batch.withdrawals[0] = Withdrawal(id, to, amount);
    }

    function _withdraw(Actor memory actor, TokenId id, address to, uint256 amount) private {
        _runWhole(actor, _withdrawal(id, to, amount));
    }

    /// @dev Skipped, and nothing moved.
    function _skipsWithdrawal(TokenId id, address to, uint256 amount, bytes4 reason) private {
        uint256 before = depository.reserveOf(left.id, id);
        _runSkipping(left, _withdrawal(id, to, amount), 0, reason);
        assert(depository.reserveOf(left.id, id) == before);
    }

    function _transfer(EntityId to, uint256 amount) private view returns (Batch memory batch) {
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(tokenId, to, amount);
    }

    function _heldBy(EntityId a, EntityId b) private view returns (Collateral memory) {
        return
            a < b ? depository.collateralOf(a, b, tokenId) : depository.collateralOf(b, a, tokenId);
    }
}
